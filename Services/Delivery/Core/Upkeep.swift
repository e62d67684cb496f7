import Daemon
import Loop
import Postgres
import Time

/// What delivery does by itself once a minute: counts what waits, and forgets the keys of mails that are long gone.
@LoopActor
final class Upkeep {
  static let interval = Duration.seconds(60)
  /// How long a key is known. An outbox repeats a call only while it lives, so a caller must have been away for longer to
  /// have a mail sent twice.
  static let memory = Duration.seconds(30 * 86_400)
  private static let batch = 1000

  private let store: DeliveryStore
  private let clock: WallClock
  private let report: @LoopActor (DeliveryEvent) -> Void

  init(_ store: DeliveryStore, clock: WallClock, report: @escaping @LoopActor (DeliveryEvent) -> Void) {
    self.store = store
    self.clock = clock
    self.report = report
  }

  /// Works until its task is cancelled. A failure is told and left for the next time.
  func run() async throws { try await every(Upkeep.interval, by: clock, work) }

  func work() async {
    let now = clock.now()
    do throws(PostgresError) {
      while try await store.forget(endedBefore: now - Upkeep.memory, limit: Upkeep.batch) == Upkeep.batch {}
      try await store.forgetKeys(expiredBy: now, diedBefore: now - Upkeep.memory)
      report(.counted(try await store.backlog(), at: now))
      let (jobs, oldest) = try await store.jobBacklog(at: now)
      report(.jobsCounted(jobs, oldest: oldest, at: now))
    } catch {
      report(.databaseFailed(error))
    }
  }
}
