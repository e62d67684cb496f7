/// One value of a result in PostgreSQL's binary form, valid while its row is.
///
/// Safe to hand around although it points into libpq's memory: only `PostgresDecodable.decode` receives it, during a call
/// that keeps the result alive, and every access checks the length.
@safe
public struct Field {
  let type: UInt32
  let count: Int
  private let start: UnsafePointer<UInt8>?

  init(type: UInt32, start: UnsafePointer<UInt8>?, count: Int) {
    self.type = type
    self.start = start
    self.count = count
  }

  public var isNull: Bool { start == nil }

  /// A copy of the bytes; nil for NULL.
  public var bytes: [UInt8]? {
    start.map { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }

  var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: start == nil ? 0 : count) }

  /// The value as an integer if it has exactly that width.
  func integer<Value: FixedWidthInteger>() -> Value? {
    count == MemoryLayout<Value>.size && start != nil ? loadInteger(at: 0) : nil
  }

  /// Reads big-endian; the caller has checked that the bytes are there.
  func loadInteger<Value: FixedWidthInteger>(at offset: Int) -> Value {
    precondition(start != nil && offset >= 0 && offset + MemoryLayout<Value>.size <= count)
    return Value(bigEndian: UnsafeRawPointer(start!).loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// Part of this value as a value of its own: an array's element.
  func part(type: UInt32, at offset: Int, count: Int) -> Field {
    precondition(start != nil && offset >= 0 && count >= 0 && offset + count <= self.count)
    return Field(type: type, start: start! + offset, count: count)
  }
}
