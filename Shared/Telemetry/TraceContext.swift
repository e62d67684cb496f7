/// The place of one operation in a distributed trace, as W3C's `traceparent` carries it.
public struct TraceContext: Sendable, Hashable {
  public let traceHigh: UInt64
  public let traceLow: UInt64
  public let span: UInt64
  public let flags: UInt8

  /// The start of a new trace, sampled.
  public static func root() -> TraceContext {
    TraceContext(
      traceHigh: IdentifierSource.next(),
      traceLow: IdentifierSource.next() | 1,
      span: IdentifierSource.next() | 1,
      flags: 1
    )
  }

  /// The next operation of the trace that a header names, or the start of a new one where there is no valid header.
  public init(continuing header: String?) {
    self = header.flatMap { TraceContext(traceparent: $0) }?.child() ?? .root()
  }

  /// The next operation of the same trace.
  public func child() -> TraceContext {
    TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: IdentifierSource.next() | 1, flags: flags)
  }

  private init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, flags: UInt8) {
    self.traceHigh = traceHigh
    self.traceLow = traceLow
    self.span = span
    self.flags = flags
  }

  /// Reads a header's value. Nil for what the standard calls invalid: capital letters, version `ff`, ids of zeros only, a
  /// wrong length; a later version may have more after its flags.
  public init?(traceparent text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 55, let version = hex(bytes, 0, 2), version != 0xFF,
      bytes.count == 55 || (version > 0 && bytes[55] == dash),
      bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let high = hex(bytes, 3, 16), let low = hex(bytes, 19, 16), let span = hex(bytes, 36, 16),
      let flags = hex(bytes, 53, 2), high | low != 0, span != 0
    else { return nil }
    self.init(traceHigh: high, traceLow: low, span: span, flags: UInt8(flags))
  }

  /// The header's value, always of version 00 and with no flag but "sampled".
  public var traceparent: String {
    String(unsafeUninitializedCapacity: 55) { buffer in
      for index in [0, 1, 53] { buffer[index] = 0x30 }
      for index in [2, 35, 52] { buffer[index] = dash }
      writeHex(traceHigh, to: buffer, at: 3)
      writeHex(traceLow, to: buffer, at: 19)
      writeHex(span, to: buffer, at: 36)
      buffer[54] = 0x30 + (flags & 1)
      return 55
    }
  }

  /// The trace's own 32 hex digits: what log lines repeat and what a caller is told as the id of its request.
  public var requestID: String {
    String(unsafeUninitializedCapacity: 32) { buffer in
      writeHex(traceHigh, to: buffer, at: 0)
      writeHex(traceLow, to: buffer, at: 16)
      return 32
    }
  }
}

private let dash = UInt8(ascii: "-")

/// The value of up to sixteen lower-case hex digits.
private func hex(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt64? {
  var value: UInt64 = 0
  for byte in bytes[start..<start + count] {
    let digit: UInt8
    switch byte {
    case 0x30...0x39: digit = byte - 0x30
    case 0x61...0x66: digit = byte - 0x57
    default: return nil
    }
    value = value << 4 | UInt64(digit)
  }
  return value
}

private func writeHex(_ value: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
  for index in 0..<16 {
    let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
    buffer[start + index] = digit < 10 ? 0x30 + digit : 0x57 + digit
  }
}
