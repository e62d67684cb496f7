/// A value that a column can be read as.
public protocol PostgresDecodable: Sendable {
  /// Nil when the column's type or content does not fit, which the reader reports with the column's name.
  static func decode(_ field: Field) -> Self?
}

extension Bool: PostgresDecodable {
  public static func decode(_ field: Field) -> Bool? {
    guard field.type == OID.bool, let byte: UInt8 = field.integer() else { return nil }
    return byte != 0
  }
}

extension Int64: PostgresDecodable {
  /// Takes every whole-number type, and `numeric` without a fraction, which is what `sum(bigint)` gives.
  public static func decode(_ field: Field) -> Int64? {
    switch field.type {
    case OID.int8: field.integer()
    case OID.int4: (field.integer() as Int32?).map(Int64.init)
    case OID.int2: (field.integer() as Int16?).map(Int64.init)
    case OID.oid: (field.integer() as UInt32?).map(Int64.init)
    case OID.numeric: numericText(field).flatMap { Int64($0) }
    default: nil
    }
  }
}

extension Int: PostgresDecodable {
  public static func decode(_ field: Field) -> Int? { Int64.decode(field).map { Int($0) } }
}

extension Int32: PostgresDecodable {
  public static func decode(_ field: Field) -> Int32? { Int64.decode(field).flatMap { Int32(exactly: $0) } }
}

extension Double: PostgresDecodable {
  /// Takes every number type.
  public static func decode(_ field: Field) -> Double? {
    switch field.type {
    case OID.float8: (field.integer() as UInt64?).map { Double(bitPattern: $0) }
    case OID.float4: (field.integer() as UInt32?).map { Double(Float(bitPattern: $0)) }
    case OID.numeric: numericText(field).flatMap { Double($0) }
    default: Int64.decode(field).map { Double($0) }
    }
  }
}

extension String: PostgresDecodable {
  /// Takes texts, enums, JSON, `numeric`, and `uuid` in its lower-case form.
  public static func decode(_ field: Field) -> String? {
    switch field.type {
    case OID.text, OID.varchar, OID.bpchar, OID.name, OID.json, OID.unknown: String(utf8: field)
    case OID.uuid: UUIDValue.decode(field)?.description
    case OID.jsonb: JSONB.decode(field).map { String(decoding: $0.bytes, as: UTF8.self) }
    case OID.numeric: numericText(field)
    case OID.firstOfUser...: String(utf8: field)
    default: nil
    }
  }

  private init?(utf8 field: Field) {
    guard !field.isNull, let text = String(validating: field.buffer, as: UTF8.self) else { return nil }
    self = text
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  public static func decode(_ field: Field) -> Wrapped?? {
    field.isNull ? .some(nil) : Wrapped.decode(field).map { .some($0) }
  }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
  /// Reads arrays of one dimension; more dimensions do not fit.
  public static func decode(_ field: Field) -> [Element]? {
    guard field.count >= 12 else { return nil }
    let dimensions: Int32 = field.loadInteger(at: 0)
    guard dimensions != 0 else { return [] }
    guard dimensions == 1, field.count >= 20 else { return nil }
    let count: Int32 = field.loadInteger(at: 12)
    return elements(of: field, type: field.loadInteger(at: 8), count: Int(count))
  }

  private static func elements(of field: Field, type: UInt32, count: Int) -> [Element]? {
    // Each element has at least its length, so a count beyond that is not believed.
    guard count >= 0, count <= field.count / 4 else { return nil }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    var place = 20
    for _ in 0..<count {
      guard place + 4 <= field.count else { return nil }
      let length = Int(field.loadInteger(at: place) as Int32)
      place += 4
      guard length <= field.count - place else { return nil }
      let part = length < 0 ? Field(type: type, start: nil, count: 0) : field.part(type: type, at: place, count: length)
      guard let element = Element.decode(part) else { return nil }
      elements.append(element)
      place += Swift.max(0, length)
    }
    return elements
  }
}
