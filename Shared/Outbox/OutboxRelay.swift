public import Bus
public import Loop
public import Postgres
import Telemetry
import Wire

/// Makes the calls that wait in an outbox, each again and again until the receiver has accepted it.
///
/// Several copies of a daemon may relay one table: a claimed entry is leased, and the lease renewed as long as the call is under
/// way, so that another copy takes it over soon after this one has died.
@LoopActor
public final class OutboxRelay {
  /// Three polls: of those, one may be late.
  private static let lease = Duration.seconds(3)
  private static let callTimeout = 5000
  private static let pollInterval = Duration.seconds(1)

  private let table: OutboxTable
  private let database: Database
  private let receiver: BusClient
  private let events: @LoopActor (OutboxEvent) -> Void
  private var pace: RelayPace
  /// Entries whose calls are under way, now and when it was last looked.
  private var held: Set<Int64> = []
  private var heldBefore: Set<Int64> = []
  private let deletion: Batcher<Int64, Void>
  private let acceptances: Acceptances

  public init(
    _ table: OutboxTable,
    on database: Database,
    to receiver: BusClient,
    limit: Int = 64,
    events: @escaping @LoopActor (OutboxEvent) -> Void = { _ in }
  ) {
    self.table = table
    self.database = database
    self.receiver = receiver
    self.events = events
    pace = RelayPace(limit: limit)
    acceptances = Acceptances(table, on: database, by: receiver)
    deletion = Batcher(limit: 256) { ids in
      try await database.query("DELETE FROM \(unescaped: table.name) WHERE id = ANY(\(ids))")
      return ids.map { _ in }
    }
  }

  /// Relays until the task is cancelled; looks by itself every second, for what other copies left and what is due again.
  public func run() async throws {
    while true {
      wake()
      try await pause(for: OutboxRelay.pollInterval)
      await renew()
    }
  }

  /// Keeps what has lasted since the last look; most calls end long before.
  private func renew() async {
    let lasting = held.intersection(heldBefore)
    heldBefore = held
    guard !lasting.isEmpty else { return }
    do {
      try await database.query(
        """
        UPDATE \(unescaped: table.name)
        SET next_try = greatest(next_try, now() + \(OutboxRelay.lease.inSeconds) * interval '1 second')
        WHERE id = ANY(\(Array(lasting)))
        """
      )
    } catch {
      report(error)
    }
  }

  /// Says that something was committed, so that it leaves now.
  ///
  /// Does nothing while the receiver is away: entries then rest untouched instead of using up their tries.
  public func wake() {
    guard receiver.isReady else { return }
    claim(pace.woken())
  }

  /// Says that calls with these keys were committed, and waits until they are accepted, by this relay or another copy's.
  ///
  /// Gives up after the bound, and at once where the receiver is away or has refused: the calls then come later.
  public func deliver(_ keys: [String], within bound: Duration) async {
    wake()
    // What was woken runs after this has begun to wait.
    await acceptances.wait(for: keys, until: .now + bound)
  }

  private func claim(_ count: Int?) {
    guard let count else { return }
    onLoop { [self] in
      do {
        let rows = try await database.query(claiming(count))
        let entries = try rows.map { row throws(PostgresError) in try OutboxEntry(row) }.sorted { $0.id < $1.id }
        for entry in entries { onLoop { [self] in await relay(entry) } }
        claim(pace.claimed(entries.count, of: count))
      } catch {
        pace.claimFailed()
        report(error)
      }
    }
  }

  private func claiming(_ count: Int) -> SQL {
    """
    UPDATE \(unescaped: table.name)
    SET attempts = attempts + 1, next_try = now() + \(OutboxRelay.lease.inSeconds) * interval '1 second'
    WHERE id IN (
      SELECT id FROM \(unescaped: table.name) WHERE next_try <= now() ORDER BY id LIMIT \(count)
      FOR UPDATE SKIP LOCKED)
    RETURNING id, call, key, body, trace, attempts, extract(epoch FROM now() - created)::float8
    """
  }

  private func relay(_ entry: OutboxEntry) async {
    held.insert(entry.id)
    defer { held.remove(entry.id) }
    let context = CallContext(timeout: OutboxRelay.callTimeout, trace: entry.trace, key: entry.key)
    do throws(Failure) {
      _ = try await receiver.forward(entry.call, entry.body, context)
      acceptances.settle(entry.key)
      await remove(entry)
    } catch {
      await postpone(entry, error)
    }
    claim(pace.finished())
  }

  private func remove(_ entry: OutboxEntry) async {
    do {
      try await deletion.submit(entry.id)
      events(.accepted(entry))
    } catch {
      report(error)
    }
  }

  private func postpone(_ entry: OutboxEntry, _ failure: Failure) async {
    let rest = RetryRest.after(attempts: entry.attempts, failure, chance: IdentifierSource.fraction())
    if RetryRest.isRefusal(failure) { acceptances.settle(entry.key) }
    do {
      try await database.query(
        """
        UPDATE \(unescaped: table.name) SET next_try = now() + \(rest.inSeconds) * interval '1 second'
        WHERE id = \(entry.id)
        """
      )
    } catch {
      report(error)
    }
    events(
      RetryRest.isRefusal(failure) ? .refused(entry, failure, after: rest) : .retrying(entry, failure, after: rest)
    )
  }

  private func report(_ error: any Error) {
    if let error = error as? PostgresError { events(.databaseFailed(error)) }
  }
}
