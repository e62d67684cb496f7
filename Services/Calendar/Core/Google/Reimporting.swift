import Loop
import Postgres
import Time
import Wire

/// Tries imports again that failed for the provider's sake, each with longer waits between.
@LoopActor
final class Reimporting {
  /// Longer than any import takes, so that no other copy tries the same one meanwhile.
  private static let lease = Duration.seconds(90)
  private static let interval = Duration.seconds(1)

  private let importer: Importer
  private let store: CalendarStore
  private let directory: Directory
  private let clock: WallClock
  private let report: @LoopActor (CalendarEvent) -> Void

  init(
    _ importer: Importer,
    _ store: CalendarStore,
    _ directory: Directory,
    clock: WallClock,
    report: @escaping @LoopActor (CalendarEvent) -> Void
  ) {
    self.importer = importer
    self.store = store
    self.directory = directory
    self.clock = clock
    self.report = report
  }

  /// Works until its task is cancelled.
  func run() async throws {
    while true {
      await work()
      try await pause(for: Reimporting.interval)
    }
  }

  /// Waits for no import: one that hangs holds its own place and no other's.
  private func work() async {
    guard importer.places > 0 else { return }
    do {
      let now = clock.now()
      let people = try await store.claimImports(importer.places, at: now, lease: now + Reimporting.lease)
      for person in people { onLoop { await self.again(person) } }
    } catch {
      report(.databaseFailed(error))
    }
  }

  private func again(_ person: UUIDValue) async {
    do {
      let caller = try await directory.caller(of: CallContext(user: UserID(person.description)))
      _ = try await importer.run(for: caller)
    } catch let failure as Failure where failure.word == .unauthenticated {
      // The account has gone.
      try? await store.settleImport(of: person)
    } catch let error as PostgresError {
      report(.databaseFailed(error))
    } catch {
      // It is owed still, and comes back.
    }
  }
}
