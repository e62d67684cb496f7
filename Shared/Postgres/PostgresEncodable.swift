/// A value that can be bound to `$n`. Conform a domain type by passing on to the value it wraps.
public protocol PostgresEncodable: Sendable {
  static var postgresType: PostgresType { get }
  /// Appends the binary form (for texts: the text), or says `null()`.
  func encode(into writer: inout ValueWriter)
}

/// A value that may also stand in an array; arrays themselves may not.
public protocol PostgresElement: PostgresEncodable {}

extension Bool: PostgresElement {
  public static var postgresType: PostgresType { .bool }
  public func encode(into writer: inout ValueWriter) { writer.integer(UInt8(self ? 1 : 0)) }
}

extension Int: PostgresElement {
  public static var postgresType: PostgresType { .int8 }
  public func encode(into writer: inout ValueWriter) { writer.integer(Int64(self)) }
}

extension Int64: PostgresElement {
  public static var postgresType: PostgresType { .int8 }
  public func encode(into writer: inout ValueWriter) { writer.integer(self) }
}

extension Int32: PostgresElement {
  public static var postgresType: PostgresType { .int4 }
  public func encode(into writer: inout ValueWriter) { writer.integer(self) }
}

extension Double: PostgresElement {
  public static var postgresType: PostgresType { .float8 }
  public func encode(into writer: inout ValueWriter) { writer.integer(bitPattern) }
}

extension String: PostgresElement {
  public static var postgresType: PostgresType { .text }
  public func encode(into writer: inout ValueWriter) { writer.text(self) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  public static var postgresType: PostgresType { Wrapped.postgresType }
  public func encode(into writer: inout ValueWriter) {
    if let value = self { value.encode(into: &writer) } else { writer.null() }
  }
}

extension Optional: PostgresElement where Wrapped: PostgresElement {}

extension Array: PostgresEncodable where Element: PostgresElement {
  public static var postgresType: PostgresType { Element.postgresType.arrayOfThis }

  public func encode(into writer: inout ValueWriter) {
    // Dimensions, "may hold NULL", element type; then the one dimension's length and its first index.
    writer.integer(Int32(isEmpty ? 0 : 1))
    writer.integer(Int32(1))
    writer.integer(Element.postgresType.element)
    guard !isEmpty else { return }
    writer.integer(Int32(clamping: count))
    writer.integer(Int32(1))
    for element in self { writer.element(element) }
  }
}

extension ValueWriter {
  /// Length and bytes; the length is written last, over a gap.
  fileprivate mutating func element<Element: PostgresElement>(_ element: Element) {
    let gap = bytes.count
    integer(Int32(-1))
    element.encode(into: &self)
    guard !isNull else { return isNull = false }
    let length = UInt32(clamping: bytes.count - gap - 4)
    bytes[gap] = UInt8(truncatingIfNeeded: length >> 24)
    bytes[gap + 1] = UInt8(truncatingIfNeeded: length >> 16)
    bytes[gap + 2] = UInt8(truncatingIfNeeded: length >> 8)
    bytes[gap + 3] = UInt8(truncatingIfNeeded: length)
  }
}
