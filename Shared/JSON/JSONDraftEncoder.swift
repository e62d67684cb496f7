/// Lets an `Encodable` write into a draft.
struct JSONDraftEncoder: Encoder {
  let draft: JSONDraft
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ draft: JSONDraft, at path: [any CodingKey]) {
    self.draft = draft
    codingPath = path
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    draft.becomeObject()
    return KeyedEncodingContainer(JSONObjectEncoding(draft: draft, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    draft.becomeArray()
    return JSONArrayEncoding(draft: draft, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    JSONScalarEncoding(draft: draft, codingPath: codingPath)
  }
}

private struct JSONObjectEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let draft: JSONDraft
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { draft.member(key.stringValue).set(.null) }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try value.encode(to: encoder(of: key)) }

  func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) -> KeyedEncodingContainer<Inner> {
    encoder(of: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(of: key).unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder(of: JSONKey.parent) }
  func superEncoder(forKey key: Key) -> any Encoder { encoder(of: key) }

  private func encoder(of key: some CodingKey) -> JSONDraftEncoder {
    JSONDraftEncoder(draft.member(key.stringValue), at: codingPath + [key])
  }
}

private struct JSONArrayEncoding: UnkeyedEncodingContainer {
  let draft: JSONDraft
  let codingPath: [any CodingKey]
  var count: Int { draft.count }

  func encodeNil() { draft.element().set(.null) }
  func encode<T: Encodable>(_ value: T) throws { try value.encode(to: encoder()) }

  func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
    encoder().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder() }

  private func encoder() -> JSONDraftEncoder {
    let path = codingPath + [JSONKey(intValue: count)]
    return JSONDraftEncoder(draft.element(), at: path)
  }
}

private struct JSONScalarEncoding: SingleValueEncodingContainer {
  let draft: JSONDraft
  let codingPath: [any CodingKey]

  func encodeNil() { draft.set(.null) }
  func encode(_ value: Bool) { draft.set(.bool(value)) }
  func encode(_ value: String) { draft.set(.string(value)) }
  func encode(_ value: Float) throws { try encode(Double(value)) }

  func encode(_ value: Double) throws {
    guard value.isFinite else {
      let why = "JSON has no \(value)"
      throw EncodingError.invalidValue(value, EncodingError.Context(codingPath: codingPath, debugDescription: why))
    }
    draft.set(.number(JSONNumber(value)))
  }

  func encode(_ value: Int) { integer(value) }
  func encode(_ value: Int8) { integer(value) }
  func encode(_ value: Int16) { integer(value) }
  func encode(_ value: Int32) { integer(value) }
  func encode(_ value: Int64) { integer(value) }
  func encode(_ value: UInt) { integer(value) }
  func encode(_ value: UInt8) { integer(value) }
  func encode(_ value: UInt16) { integer(value) }
  func encode(_ value: UInt32) { integer(value) }
  func encode(_ value: UInt64) { integer(value) }
  func encode<T: Encodable>(_ value: T) throws { try value.encode(to: JSONDraftEncoder(draft, at: codingPath)) }

  private func integer(_ value: some FixedWidthInteger) { draft.set(.number(JSONNumber(literal: String(value)))) }
}
