/// Swift's `Codable` as JSON, for messages that are not on a hot path.
public enum JSONCoding {
  /// Members stand in the order of their names, so that the same value is always the same text.
  public static func encode(_ value: some Encodable) throws -> RawJSON {
    let draft = JSONDraft()
    try value.encode(to: JSONDraftEncoder(draft, at: []))
    var writer = JSONWriter()
    draft.write(to: &writer)
    return writer.raw
  }

  /// Throws a `JSONFault` where the bytes are no JSON, and a `DecodingError` where they are not the type's.
  public static func decode<T: Decodable>(_ type: T.Type, from json: RawJSON) throws -> T {
    try T(from: JSONValueDecoder(json.value(), at: []))
  }
}

/// The place of an element in an array, and the member under which a class keeps that of its parent.
struct JSONKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  static let parent = JSONKey(stringValue: "super")

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }
}
