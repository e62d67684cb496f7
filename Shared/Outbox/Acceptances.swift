import Bus
import Loop
import Postgres

/// Those who wait until calls that were left have been accepted, by whichever relay of the table.
///
/// This process's own relay tells at once. Another copy tells nobody but the table, from which an accepted entry goes; so the
/// table is looked at for those who have waited a while.
@LoopActor
final class Acceptances {
  /// Longer than the receiver mostly takes, so that the look is seldom needed.
  private static let lookInterval = Duration.milliseconds(30)

  private final class Waiter {
    var keys: Set<String>
    let end: ContinuousClock.Instant
    let continuation: CheckedContinuation<Void, Never>

    init(_ keys: Set<String>, until end: ContinuousClock.Instant, _ continuation: CheckedContinuation<Void, Never>) {
      self.keys = keys
      self.end = end
      self.continuation = continuation
    }
  }

  private let table: OutboxTable
  private let database: Database
  private let receiver: BusClient
  private var waiting: [Waiter] = []
  private var isWatching = false
  private var isLooking = false

  init(_ table: OutboxTable, on database: Database, by receiver: BusClient) {
    self.table = table
    self.database = database
    self.receiver = receiver
  }

  /// Returns at the latest at the end, and as soon as the receiver is away.
  func wait(for keys: some Sequence<String>, until end: ContinuousClock.Instant) async {
    let keys = Set(keys)
    guard !keys.isEmpty, receiver.isReady else { return }
    await withCheckedContinuation { continuation in
      waiting.append(Waiter(keys, until: end, continuation))
      watch()
    }
  }

  /// The entry was accepted, or refused: to wait longer helps nobody.
  func settle(_ key: String) {
    guard !waiting.isEmpty else { return }
    for waiter in waiting { waiter.keys.remove(key) }
    release { $0.keys.isEmpty }
  }

  private func release(_ isOver: (Waiter) -> Bool) {
    waiting.removeAll { waiter in
      guard isOver(waiter) else { return false }
      waiter.continuation.resume()
      return true
    }
  }

  private func watch() {
    guard !isWatching else { return }
    isWatching = true
    onLoop { [self] in
      while !waiting.isEmpty {
        try? await pause(for: Acceptances.lookInterval)
        let now = ContinuousClock.now
        release { !receiver.isReady || $0.end <= now }
        look()
      }
      isWatching = false
    }
  }

  /// Not waited for: a database that hangs must not hold up the end of the waits.
  private func look() {
    guard !isLooking, !waiting.isEmpty else { return }
    isLooking = true
    let keys = Array(Set(waiting.flatMap(\.keys)))
    onLoop { [self] in
      defer { isLooking = false }
      guard let rows = try? await database.query("SELECT key FROM \(unescaped: table.name) WHERE key = ANY(\(keys))"),
        let left = try? rows.map({ row throws(PostgresError) in try row.get(0, as: String.self) })
      else { return }
      for key in Set(keys).subtracting(left) { settle(key) }
    }
  }
}
