import Synchronization

/// Names one request in logs and answers.
public struct RequestID: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  /// A new one of 13 characters, which Swift keeps without an allocation.
  public init() { text = base32(IdentifierSource.next()) }

  /// Takes a caller's own: 1 to 64 letters, digits and `-_.`; nil otherwise, so that it may stand in a log line.
  public init?(_ text: String) {
    let fits = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F, 0x2E: true
      default: false
      }
    }
    guard fits, (1...64).contains(text.utf8.count) else { return nil }
    self.text = text
  }

  public var description: String { text }
}

/// Numbers that name things and repeat practically never, from one seed of the system and then without a system call.
///
/// Not for secrets: who has seen one number can compute the others. The generator is SplitMix64, whose only state is a
/// counter, so threads share it with one atomic addition.
public enum IdentifierSource {
  private static let counter = Atomic<UInt64>(UInt64.random(in: .min ... .max))

  public static func next() -> UInt64 {
    var value = counter.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// A fraction from 0 up to but not including 1, for jitter.
  public static func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

private func base32(_ value: UInt64) -> String {
  let letters: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
  return String(unsafeUninitializedCapacity: 13) { buffer in
    for index in 0..<13 {
      buffer[index] = letters.utf8Start[Int(truncatingIfNeeded: value >> UInt64(5 * (12 - index))) & 31]
    }
    return 13
  }
}
