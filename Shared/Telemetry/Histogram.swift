import Synchronization

/// Counts observations by size; bounds are fixed when it is made, each one inclusive.
public final class Histogram: Sendable {
  /// From 100 microseconds to 10 seconds, for what a caller waits for.
  public static let latencies: [Double] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]
  /// Powers of two up to 1024, for how many items go together.
  public static let sizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

  public struct Snapshot: Sendable, Equatable {
    /// Observations per bound, not summed up; one more at the end for those above the last bound.
    public var counts: [Int]
    public var sum: Double
    public var count: Int { counts.reduce(0, +) }
  }

  public let bounds: [Double]
  private let state: Mutex<Snapshot>

  init(bounds: [Double]) {
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "a histogram's bounds must rise")
    self.bounds = bounds
    state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
  }

  /// A value that is not a number is left out, since it would spoil the sum for good.
  public func observe(_ value: Double) {
    guard !value.isNaN else { return }
    let index = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[index] += 1
      state.sum += value
    }
  }

  /// Seconds.
  public func observe(_ span: Duration) {
    let (seconds, attoseconds) = span.components
    observe(Double(seconds) + Double(attoseconds) / 1e18)
  }

  public var snapshot: Snapshot { state.withLock { $0 } }
}
