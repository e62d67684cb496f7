import Time
import Wire

/// How many unknown rooms one person may ask for within any minute (chat.md 4).
///
/// Whoever is at the limit is told so for every room they are not in, known or not: else the answers would still tell a
/// good code from a bad one.
struct GuessLimit<Guesser: Hashable & Sendable>: Sendable {
  private let limit: Int
  private let span: Duration
  private var misses: [Guesser: [Timestamp]] = [:]
  private var sweepAt = 4096

  /// No limit at all with nil.
  init(limit: Int?, within span: Duration = .seconds(60)) {
    self.limit = limit ?? .max
    self.span = span
  }

  var count: Int { misses.count }

  /// Whether one more guess would be refused.
  func isExhausted(_ guesser: Guesser, at now: Timestamp) -> Bool {
    limit != .max && live(guesser, at: now).count >= limit
  }

  /// The answer to somebody who asked for a room that is none to them: counted, and refused when it was one too many.
  mutating func miss(_ guesser: Guesser, at now: Timestamp) -> Failure {
    guard limit != .max else { return Failure(.notFound, .unknownRoom) }
    let live = live(guesser, at: now)
    guard live.count < limit else { return refusal(live, at: now) }
    misses[guesser] = live + [now]
    if misses.count > sweepAt { sweep(at: now) }
    return Failure(.notFound, .unknownRoom)
  }

  private func refusal(_ live: [Timestamp], at now: Timestamp) -> Failure {
    let wait = live.first.map { $0 + span - now } ?? span
    return Failure(.rateLimited, .attempts, retryAfter: wholeSeconds(wait))
  }

  private func live(_ guesser: Guesser, at now: Timestamp) -> [Timestamp] {
    // A moment of the future is left from before the clock was set back.
    misses[guesser]?.filter { $0 <= now && now - $0 < span } ?? []
  }

  private mutating func sweep(at now: Timestamp) {
    misses = misses.filter { !live($0.key, at: now).isEmpty }
    sweepAt = max(4096, misses.count * 2)
  }
}
