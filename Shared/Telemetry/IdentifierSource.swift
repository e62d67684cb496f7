import Synchronization

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
