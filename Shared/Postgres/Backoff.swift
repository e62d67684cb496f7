/// Waits between attempts to connect: doubling from 50 ms to 1 s, each shortened by up to half at random so that many
/// clients of a restarted server do not come at the same moment.
struct Backoff {
  private var failures = 0

  /// - Parameter chance: a random number from 0 to 1.
  mutating func next(chance: Double) -> Duration {
    let full = min(1000, 50 << min(failures, 5))
    failures += 1
    return .milliseconds(Double(full) * (1 - chance / 2))
  }

  mutating func succeeded() { failures = 0 }
}
