import Time

/// How often something may happen per key within any stretch of time of one length.
///
/// Each moment is remembered, unlike in a token bucket, because contracts say "the eleventh within a minute": a bucket
/// that refills all the while would let a slow guesser past that. The cost is at most `limit` moments per live key.
struct SlidingWindow<Key: Hashable & Sendable>: Sendable {
  let limit: Int
  let span: Duration
  /// Keys beyond this make room by forgetting one that is spent or, when none is, any; so memory stays bounded.
  private let capacity: Int
  private var moments: [Key: [Timestamp]] = [:]

  init(limit: Int, within span: Duration, capacity: Int = 50_000) {
    self.limit = limit
    self.span = span
    self.capacity = capacity
  }

  var count: Int { moments.count }

  /// How long the key must wait until one more fits; nil when it fits now.
  mutating func wait(for key: Key, at now: Timestamp) -> Duration? {
    let live = expire(key, at: now)
    guard live.count >= limit, let first = live.dropFirst(live.count - limit).first else {
      return limit <= 0 ? span : nil
    }
    return first + span - now
  }

  mutating func record(_ key: Key, at now: Timestamp) {
    if moments[key] == nil, moments.count >= capacity { makeRoom(at: now) }
    // More than the limit is never asked about: the newest ones decide how long to wait.
    moments[key] = expire(key, at: now).suffix(max(0, limit - 1)) + [now]
  }

  /// Takes back one record of the key, because what it counted did not happen after all.
  mutating func forget(_ key: Key) {
    guard let live = moments[key] else { return }
    moments[key] = live.count > 1 ? live.dropLast() : nil
  }

  private mutating func expire(_ key: Key, at now: Timestamp) -> [Timestamp] {
    guard let all = moments[key] else { return [] }
    let live = all.filter { isLive($0, at: now) }
    moments[key] = live.isEmpty ? nil : live
    return live
  }

  /// A moment of the future is left from before the clock was set back, and says nothing.
  private func isLive(_ moment: Timestamp, at now: Timestamp) -> Bool { moment <= now && now - moment < span }

  private mutating func makeRoom(at now: Timestamp) {
    moments = moments.filter { isLive($0.value.last ?? now, at: now) }
    if moments.count >= capacity, let any = moments.keys.first { moments[any] = nil }
  }
}
