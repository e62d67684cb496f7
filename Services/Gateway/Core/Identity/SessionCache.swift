import Wire

/// The sessions that auth has vouched for lately, so that a token check costs no call.
///
/// Pure. Two facts keep it honest: an entry ends after `freshness` or at the session's own end, and whatever auth's
/// events end is taken out at once. A check that was under way while an event came in may carry an answer from before
/// the event; `store` refuses it by the epoch the check started in, and the caller asks again.
struct SessionCache {
  /// How long an answer of auth counts without asking again; it bounds what a lost event could cost.
  static let freshness = Duration.seconds(60)

  private struct Entry {
    let identity: Identity
    let until: ContinuousClock.Instant
  }

  private var young: [String: Entry] = [:]
  private var old: [String: Entry] = [:]
  private let generation: Int
  /// Counts the events that emptied something; a check remembers the epoch it began in.
  private(set) var epoch = 0

  /// Holds at most twice `generation` entries: when the young half is full it becomes the old one, and what nobody has
  /// used since then goes.
  init(generation: Int = 50_000) { self.generation = generation }

  mutating func identity(for key: String, at now: ContinuousClock.Instant) -> Identity? {
    if let entry = young[key] {
      if entry.until > now { return entry.identity }
      young[key] = nil
      return nil
    }
    guard let entry = old.removeValue(forKey: key), entry.until > now else { return nil }
    insert(key, entry)
    return entry.identity
  }

  /// Keeps auth's answer; false when an event has come in since `epoch`, and then nothing is kept.
  mutating func store(
    _ identity: Identity,
    for key: String,
    lifetime: Duration,
    epoch: Int,
    at now: ContinuousClock.Instant
  ) -> Bool {
    guard epoch == self.epoch else { return false }
    insert(key, Entry(identity: identity, until: now + min(SessionCache.freshness, lifetime)))
    return true
  }

  private mutating func insert(_ key: String, _ entry: Entry) {
    if young.count >= generation {
      old = young
      young = [:]
    }
    young[key] = entry
  }

  /// Ends sessions by the hashes of their tokens.
  mutating func end(tokens keys: [String]) {
    epoch += 1
    for key in keys {
      young[key] = nil
      old[key] = nil
    }
  }

  /// Drops everything: events may have been missed.
  mutating func clear() {
    epoch += 1
    young = [:]
    old = [:]
  }
}
