public import Time

/// A `bytea`. A type of its own because an array of small integers would be something else to PostgreSQL.
public struct Bytea: PostgresElement, PostgresDecodable, Hashable {
  public var bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public static var postgresType: PostgresType { .bytea }
  public func encode(into writer: inout ValueWriter) { writer.raw(bytes) }
  public static func decode(_ field: Field) -> Bytea? {
    field.type == OID.bytea ? field.bytes.map(Bytea.init) : nil
  }
}

/// A `jsonb` as the UTF-8 text of its JSON. Reads `json` as well.
public struct JSONB: PostgresElement, PostgresDecodable, Hashable {
  public var bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public static var postgresType: PostgresType { .jsonb }
  public func encode(into writer: inout ValueWriter) {
    writer.integer(UInt8(1))
    writer.raw(bytes)
  }
  public static func decode(_ field: Field) -> JSONB? {
    guard let bytes = field.bytes else { return nil }
    switch field.type {
    case OID.json: return JSONB(bytes)
    case OID.jsonb: return bytes.first == 1 ? JSONB(Array(bytes.dropFirst())) : nil
    default: return nil
    }
  }
}

extension Timestamp: PostgresElement, PostgresDecodable {
  /// From 1970 to 2000, where PostgreSQL's count starts.
  private static let epochGap: Int64 = 946_684_800_000_000

  public static var postgresType: PostgresType { .timestamptz }

  /// The ends of the range stand for `infinity` and `-infinity`, both ways.
  public func encode(into writer: inout ValueWriter) {
    let (value, overflow) = microseconds.subtractingReportingOverflow(Timestamp.epochGap)
    writer.integer(microseconds == .max ? .max : overflow ? .min : value)
  }

  public static func decode(_ field: Field) -> Timestamp? {
    let fits = field.type == OID.timestamptz || field.type == OID.timestamp
    guard fits, let value: Int64 = field.integer() else { return nil }
    guard value != .min else { return Timestamp(microseconds: .min) }
    let (sum, overflow) = value.addingReportingOverflow(epochGap)
    return Timestamp(microseconds: overflow ? .max : sum)
  }
}
