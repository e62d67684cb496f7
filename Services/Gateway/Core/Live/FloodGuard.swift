/// Finds the client that sends more than anybody means to: so many messages in each of several seconds in a row.
///
/// A burst is none: clients send at once what gathered while they were offline.
struct FloodGuard {
  struct Limit: Sendable, Equatable {
    var perSecond = 200
    var seconds = 5
  }

  private var second: ContinuousClock.Instant?
  private var count = 0
  private var busySeconds = 0

  /// Counts a message; true when it is one too many.
  mutating func isFlooded(_ limit: Limit, at now: ContinuousClock.Instant) -> Bool {
    if let second, now - second < .seconds(1) {
      count += 1
    } else {
      // A pause of a whole second or more ends the row.
      let isNext = second.map { now - $0 < .seconds(2) } ?? false
      if !isNext || count <= limit.perSecond { busySeconds = 0 }
      (second, count) = (now, 1)
    }
    if count == limit.perSecond + 1 { busySeconds += 1 }
    return busySeconds >= limit.seconds
  }
}
