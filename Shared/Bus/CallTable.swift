/// The calls that wait for a reply: each is answered once, by its reply, its deadline or the loss of the connection.
///
/// Pure, so that every order of events can be tested; the connection around it does the waiting.
struct CallTable<Waiter> {
  private struct Entry {
    let waiter: Waiter
    let begun: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant
  }

  private var entries: [Int: Entry] = [:]
  private var lastID = 0
  private let limit: Int

  /// More than `limit` calls under way are refused: a peer that does not answer must not fill our memory.
  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { entries.isEmpty }
  /// Whether somebody waits for this reply.
  func contains(_ id: Int) -> Bool { entries[id] != nil }
  var isFull: Bool { entries.count >= limit }

  mutating func add(
    _ waiter: Waiter,
    at now: ContinuousClock.Instant,
    deadline: ContinuousClock.Instant
  ) -> Int {
    lastID += 1
    entries[lastID] = Entry(waiter: waiter, begun: now, deadline: deadline)
    return lastID
  }

  /// The calls that began before a moment and have not ended.
  func ids(before moment: ContinuousClock.Instant) -> [Int] {
    entries.compactMap { $0.value.begun < moment ? $0.key : nil }
  }

  /// Who waits for this reply; nil when the call has ended already, so that a late reply is dropped.
  mutating func take(_ id: Int) -> Waiter? { entries.removeValue(forKey: id)?.waiter }

  mutating func takeExpired(at now: ContinuousClock.Instant) -> [Waiter] {
    let expired = entries.filter { $0.value.deadline <= now }
    for id in expired.keys { entries[id] = nil }
    return expired.values.map(\.waiter)
  }

  mutating func takeAll() -> [Waiter] {
    defer { entries = [:] }
    return entries.values.map(\.waiter)
  }
}
