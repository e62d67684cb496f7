import Security
import Time
import Wire

/// Whose tries are counted, and how many of them fit into any stretch of time of one length.
///
/// Each moment is remembered, unlike in a token bucket, because contracts say "the eleventh within a minute": a bucket
/// that refills all the while would let a slow guesser past that. The cost is at most `most` moments per live key.
struct TryWindow: Sendable, Equatable {
  /// A hash of what is counted and of whom: a table of tries is no list of addresses and names.
  let key: [UInt8]
  let most: Int
  let span: Duration

  /// The parts before the last must not hold NUL, which divides them.
  init(_ kind: String, of who: String..., most: Int, within span: Duration) {
    key = SHA256.digest(([kind] + who).joined(separator: "\0"))
    self.most = most
    self.span = span
  }

  /// How long until one more fits; nil when it fits now. The moment that decides is the `most`-th newest one.
  func wait(for deciding: Timestamp?, at now: Timestamp) -> Duration? {
    guard let deciding, deciding > now - span, deciding < horizon(at: now) else { return nil }
    return min(span, deciding + span - now)
  }

  /// Moments from here on are left from before the clock was set back, and say nothing. Nearer ones of the future do
  /// count, since the clocks of two machines differ a little.
  func horizon(at now: Timestamp) -> Timestamp { now + span }
}

/// A try did not fit into its window any more, and nothing of it was stored.
struct OneTooMany: Error {}

extension Failure {
  static func limited(_ wait: Duration) -> Failure { Failure(.rateLimited, retryAfter: wholeSeconds(wait)) }
}

/// Seconds to put after `Retry-After`: rounded up, and never 0, since a wait that is over is none.
func wholeSeconds(_ span: Duration) -> Int {
  max(1, Int((span.microseconds + 999_999) / 1_000_000))
}
