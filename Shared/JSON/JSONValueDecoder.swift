/// Lets a `Decodable` read from a tree.
struct JSONValueDecoder: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(_ value: JSONValue, at path: [any CodingKey]) {
    self.value = value
    codingPath = path
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let object = value.object else { throw mismatch(JSONObject.self, "no object") }
    return KeyedDecodingContainer(JSONObjectDecoding(object, at: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = value.array else { throw mismatch([JSONValue].self, "no array") }
    return JSONArrayDecoding(elements, at: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { JSONScalarDecoding(decoder: self) }

  func mismatch(_ type: Any.Type, _ why: String) -> DecodingError {
    let context = DecodingError.Context(codingPath: codingPath, debugDescription: why)
    return value.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }
}

private struct JSONObjectDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let codingPath: [any CodingKey]
  private let members: [String: JSONValue]

  init(_ object: JSONObject, at path: [any CodingKey]) {
    codingPath = path
    // Of a name that comes twice the last counts, as everywhere here.
    members = Dictionary(object.members.map { ($0.name, $0.value) }) { $1 }
  }

  var allKeys: [Key] { members.keys.compactMap(Key.init) }
  func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try decoder(of: key).value.isNull }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try T(from: decoder(of: key)) }

  func nestedContainer<Inner: CodingKey>(
    keyedBy type: Inner.Type,
    forKey key: Key
  ) throws -> KeyedDecodingContainer<Inner> {
    try decoder(of: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(of: key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try decoder(of: JSONKey.parent) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(of: key) }

  private func decoder(of key: some CodingKey) throws -> JSONValueDecoder {
    guard let value = members[key.stringValue] else {
      let context = DecodingError.Context(codingPath: codingPath, debugDescription: "no \(key.stringValue)")
      throw DecodingError.keyNotFound(key, context)
    }
    return JSONValueDecoder(value, at: codingPath + [key])
  }
}

private struct JSONArrayDecoding: UnkeyedDecodingContainer {
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0
  private let elements: [JSONValue]

  init(_ elements: [JSONValue], at path: [any CodingKey]) {
    self.elements = elements
    codingPath = path
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    guard try next().value.isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let value = try T(from: next())
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) throws -> KeyedDecodingContainer<Inner> {
    let container = try next().container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try next().unkeyedContainer()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    defer { currentIndex += 1 }
    return try next()
  }

  private func next() throws -> JSONValueDecoder {
    let path = codingPath + [JSONKey(intValue: currentIndex)]
    guard !isAtEnd else {
      let context = DecodingError.Context(codingPath: path, debugDescription: "no more elements")
      throw DecodingError.valueNotFound(JSONValue.self, context)
    }
    return JSONValueDecoder(elements[currentIndex], at: path)
  }
}

private struct JSONScalarDecoding: SingleValueDecodingContainer {
  let decoder: JSONValueDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.value.isNull }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard let flag = decoder.value.bool else { throw decoder.mismatch(type, "no truth value") }
    return flag
  }

  func decode(_ type: String.Type) throws -> String {
    guard let text = decoder.value.string else { throw decoder.mismatch(type, "no string") }
    return text
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard let number = decoder.value.number?.double else { throw decoder.mismatch(type, "no number of 64 bits") }
    return number
  }

  func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
  func decode(_ type: Int.Type) throws -> Int { try integer() }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
  func decode(_ type: UInt.Type) throws -> UInt { try integer() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: decoder) }

  private func integer<T: FixedWidthInteger>() throws -> T {
    let number = decoder.value.number
    guard let value = number.flatMap({ T($0.literal) ?? $0.int.flatMap(T.init(exactly:)) }) else {
      throw decoder.mismatch(T.self, "no whole number of \(T.bitWidth) bits")
    }
    return value
  }
}
