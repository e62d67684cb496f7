import FoundationEssentials

/// The one door to Foundation's coders, for messages that are not on a hot path.
public enum JSONCoding {
  public static func encode(_ value: some Encodable) throws -> RawJSON {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return RawJSON(trusted: Array(try encoder.encode(value)))
  }

  public static func decode<T: Decodable>(_ type: T.Type, from json: RawJSON) throws -> T {
    try JSONDecoder().decode(type, from: Data(json.bytes))
  }
}
