/// The bound values of one statement, each already in the form that goes over the wire, in one buffer.
public struct Parameters: Sendable {
  struct Slot {
    var start: Int
    /// Bytes, or -1 for NULL.
    var length: Int32
    var isText: Bool
  }

  private(set) var types: [UInt32] = []
  private(set) var slots: [Slot] = []
  private(set) var bytes: [UInt8] = []
  /// A text holds the character 0, which PostgreSQL cannot store and libpq would take for its end.
  private(set) var holdsZero = false

  init() {}

  mutating func append<Value: PostgresEncodable>(_ value: Value) {
    let type = Value.postgresType
    types.append(type.scalar)
    let start = bytes.count
    slots.append(Slot(start: start, length: 0, isText: type.scalar == 0))
    var writer = ValueWriter(bytes: bytes)
    bytes = []
    value.encode(into: &writer)
    bytes = writer.bytes
    slots[slots.count - 1].length = writer.isNull ? -1 : Int32(clamping: bytes.count - start)
    if type.scalar == 0, !writer.isNull { endText(from: start) }
  }

  private mutating func endText(from start: Int) {
    if bytes[start...].contains(0) { holdsZero = true }
    bytes.append(0)
  }
}

/// Where a value puts its binary form: integers most significant byte first, as PostgreSQL sends them.
public struct ValueWriter: Sendable {
  var bytes: [UInt8]
  var isNull = false

  public mutating func null() { isNull = true }

  public mutating func integer(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  public mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }
  public mutating func text(_ value: String) { bytes.append(contentsOf: value.utf8) }
}
