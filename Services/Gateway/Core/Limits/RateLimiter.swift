/// How often something may happen: `perSecond` on average, `burst` at once.
struct RateLimit: Sendable, Equatable {
  let perSecond: Double
  let burst: Int

  init(perSecond: Double, burst: Int) {
    self.perSecond = perSecond
    self.burst = burst
  }
}

/// Counts by the generic cell rate algorithm: one moment per key says when its bucket will be full again.
///
/// Pure: the time is passed in. Keys whose bucket is full again are forgotten, so memory is bounded by the keys that
/// were busy within one bucket's time.
struct RateLimiter {
  private var fullAgainAt: [String: ContinuousClock.Instant] = [:]
  private var nextSweep = 4096

  /// Takes one token of a key; answers nil when it was there, else the wait until there is one.
  mutating func take(_ key: String, limit: RateLimit, at now: ContinuousClock.Instant) -> Duration? {
    let interval = Duration.seconds(1 / limit.perSecond)
    let full = max(fullAgainAt[key] ?? now, now)
    let newFull = full + interval
    let wait = newFull - now - interval * limit.burst
    guard wait <= .zero else { return wait }
    fullAgainAt[key] = newFull
    sweep(at: now)
    return nil
  }

  private mutating func sweep(at now: ContinuousClock.Instant) {
    guard fullAgainAt.count >= nextSweep else { return }
    fullAgainAt = fullAgainAt.filter { $0.value > now }
    nextSweep = max(4096, fullAgainAt.count * 2)
  }
}
