typealias Instant = ContinuousClock.Instant

/// How often something may happen: so many per second on average, `burst` at once after a pause.
struct Rate: Sendable, Equatable {
  fileprivate let interval: Duration
  fileprivate let span: Duration

  init(perSecond: Double, burst: Int) {
    interval = .seconds(1 / perSecond)
    span = interval * burst
  }

  /// Once in a span of time.
  init(every interval: Duration) {
    self.interval = interval
    span = interval
  }
}

/// Counts by the generic cell rate algorithm: one moment says when the whole burst is there again.
struct Bucket: Sendable {
  private var fullAgain: Instant?

  /// False, and nothing taken, when it is empty. Without a rate it never is.
  mutating func take(_ rate: Rate?, at now: Instant) -> Bool {
    guard let rate else { return true }
    let full = max(fullAgain ?? now, now) + rate.interval
    guard full - now <= rate.span else { return false }
    fullAgain = full
    return true
  }

  func isFull(at now: Instant) -> Bool { fullAgain.map { $0 <= now } ?? true }
}

/// A bucket for each address; those that are full again are forgotten.
struct Buckets: Sendable {
  private var buckets: [String: Bucket] = [:]
  private var sweepAt = 4096

  mutating func take(_ key: String, _ rate: Rate?, at now: Instant) -> Bool {
    guard rate != nil else { return true }
    let taken = buckets[key, default: Bucket()].take(rate, at: now)
    if buckets.count > sweepAt {
      buckets = buckets.filter { !$0.value.isFull(at: now) }
      sweepAt = max(4096, buckets.count * 2)
    }
    return taken
  }
}
