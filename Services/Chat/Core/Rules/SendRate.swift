import Time
import Wire

/// How fast one person may write: a number per second, and that many at once after a pause.
///
/// One moment per writer says when the whole burst is there again (the generic cell rate algorithm). Writers whose moment
/// has passed are forgotten, so memory is bounded by those who wrote within the last seconds.
struct SendRate<Writer: Hashable & Sendable>: Sendable {
  private let interval: Duration
  private let span: Duration
  private var fullAgain: [Writer: Timestamp] = [:]
  private var sweepAt = 4096

  init(perSecond: Double, burst: Int) {
    interval = .seconds(1 / perSecond)
    span = interval * burst
  }

  var count: Int { fullAgain.count }

  /// Counts one message; refuses with `rate_limited` and the wait when it is one too many.
  mutating func take(_ writer: Writer, at now: Timestamp) throws(Failure) {
    // A moment further away than a whole burst is left from before the clock was set back, and says nothing.
    let known = fullAgain[writer].flatMap { $0 - now <= span ? $0 : nil } ?? now
    let full = max(known, now) + interval
    let wait = full - now - span
    guard wait <= .zero else { throw Failure(.rateLimited, .messages, retryAfter: wholeSeconds(wait)) }
    fullAgain[writer] = full
    if fullAgain.count > sweepAt { sweep(at: now) }
  }

  private mutating func sweep(at now: Timestamp) {
    fullAgain = fullAgain.filter { $0.value > now }
    sweepAt = max(4096, fullAgain.count * 2)
  }
}

/// Seconds to put after `Retry-After`: rounded up, never 0.
func wholeSeconds(_ span: Duration) -> Int { max(1, Int((span.microseconds + 999_999) / 1_000_000)) }
