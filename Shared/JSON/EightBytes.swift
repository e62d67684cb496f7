import Glibc

/// Eight bytes looked at in one step.
struct EightBytes {
  private let bytes: UInt64

  init(_ bytes: UInt64) { self.bytes = UInt64(littleEndian: bytes) }
  init(repeating byte: UInt8) { bytes = EightBytes.ones &* UInt64(byte) }

  /// The top bit of each byte that must be escaped in a string: a control character, a quote, a backslash. Only the lowest
  /// mark is exact: a borrow may set further ones above it.
  var marksOfEscapes: UInt64 { escapes & EightBytes.tops }

  /// The same for each byte that is no plain character of a string, which those beyond ASCII are neither.
  var marksOfSpecials: UInt64 { (bytes | escapes) & EightBytes.tops }

  private var escapes: UInt64 {
    let controls = (bytes &- EightBytes.ones &* 0x20) & ~bytes
    let quotes = EightBytes.zeros(bytes ^ EightBytes.ones &* UInt64(UInt8(ascii: "\"")))
    let backslashes = EightBytes.zeros(bytes ^ EightBytes.ones &* UInt64(UInt8(ascii: "\\")))
    return controls | quotes | backslashes
  }

  private static func zeros(_ bytes: UInt64) -> UInt64 { (bytes &- ones) & ~bytes }
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080
}

extension [UInt8] {
  /// Where the next newline stands, at `start` or behind it; nil when none does.
  public func newline(from start: Int) -> Int? {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }
}
