/// Waits between tries: doubling from `first` to `longest`, each shortened by up to half at random, so that the clients
/// of a restarted peer do not come back in one wave.
public struct Backoff: Sendable {
  private let first: Duration
  private let longest: Duration
  private var tries = 0

  public init(first: Duration = .milliseconds(20), longest: Duration = .seconds(1)) {
    self.first = first
    self.longest = longest
  }

  /// The next wait; `jitter` is a random number in 0..<1.
  public mutating func next(jitter: Double = .random(in: 0..<1)) -> Duration {
    let full = min(longest, first * (1 << min(tries, 20)))
    tries += 1
    return full * (1 - jitter / 2)
  }

  /// Starts anew after a success.
  public mutating func reset() { tries = 0 }
}
