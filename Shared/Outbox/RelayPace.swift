import Wire

/// Decides when a relay asks for entries, and for how many: as long as there may be more and there is room.
struct RelayPace {
  /// Calls under way at once; few enough not to swamp a receiver that has just come back.
  let limit: Int
  private(set) var underway = 0
  private var isClaiming = false
  private var mayBeMore = false

  init(limit: Int = 64) { self.limit = limit }

  /// Something may have been left, or time has passed. A number is how many to claim now.
  mutating func woken() -> Int? {
    mayBeMore = true
    return next()
  }

  /// A full claim means that there may be more.
  mutating func claimed(_ count: Int, of asked: Int) -> Int? {
    isClaiming = false
    underway += count
    if count == asked { mayBeMore = true }
    return next()
  }

  /// Asks no more until woken again.
  mutating func claimFailed() { isClaiming = false }

  mutating func finished() -> Int? {
    underway -= 1
    return next()
  }

  private mutating func next() -> Int? {
    guard mayBeMore, !isClaiming, underway < limit else { return nil }
    mayBeMore = false
    isClaiming = true
    return limit - underway
  }
}

/// How long an entry rests after a try that failed.
enum RetryRest {
  /// Doubling from 100 ms to 5 s where the receiver was away, so that all flows again soon after it is back; from 1 s to an
  /// hour where it refused. At least what the receiver asked for. Shortened by up to half at random.
  static func after(attempts: Int, _ failure: Failure, chance: Double) -> Duration {
    let tries = min(max(attempts, 1) - 1, 20)
    let full =
      isRefusal(failure)
      ? min(Duration.seconds(1) * (1 << tries), .seconds(3600)) : min(.milliseconds(100) * (1 << tries), .seconds(5))
    return max(full * (1 - chance / 2), .seconds(min(failure.retryAfter ?? 0, 3600)))
  }

  /// An unknown call counts as absence: the receiver may be of an older build that is about to be replaced.
  static func isRefusal(_ failure: Failure) -> Bool {
    switch failure.word {
    case .missing, .invalid, .unauthenticated, .forbidden, .notFound, .conflict: true
    case .rateLimited, .unavailable, .unknownCall, .internal: false
    }
  }
}
