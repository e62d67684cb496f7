import Loop
import Postgres
import Queue
import Time
import Wire

/// Tries imports again that failed for the provider's sake, each with longer waits between.
@LoopActor
final class Reimporting: QueueWork {
  /// Leaves half of the places to those who ask for an import themselves.
  private static let atOnce = Importer.atOnce / 2

  private let id = UUIDValue.random()
  private let importer: Importer
  private let store: CalendarStore
  private let directory: Directory
  private let clock: WallClock
  private let report: @LoopActor (CalendarEvent) -> Void
  private let worker: QueueWorker<UUIDValue>

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
    worker = QueueWorker(places: Reimporting.atOnce, lease: CalendarStore.lease.length, isAwaited: false, clock: clock)
  }

  /// Says that an import is owed.
  func wake() { worker.ring() }

  /// Works until its task is cancelled.
  func run() async throws { try await worker.run(self) }

  /// Takes on nothing more.
  func stop() { worker.stop() }

  func claim(_ count: Int, at now: Timestamp) async throws(PostgresError) -> [ImportClaim] {
    try await store.claimImports(count, for: id, besides: worker.held, at: now)
  }

  func renew(_ people: [UUIDValue]) async throws(PostgresError) -> [UUIDValue] {
    try await store.renewImports(of: people, for: id)
  }

  func outlook(at now: Timestamp) async throws(PostgresError) -> Outlook {
    try await store.importOutlook(besides: worker.held)
  }

  func failed(_ error: PostgresError) { report(.databaseFailed(error)) }

  func carryOut(_ claim: ImportClaim) async -> Bool {
    do {
      let caller = try await directory.caller(of: CallContext(user: UserID(claim.id.description)))
      // What fails is owed again by the importer.
      _ = try? await importer.run(for: caller)
    } catch let failure as Failure where failure.word == .unauthenticated {
      // The account has gone.
      _ = await noting { try await store.settleImport(of: claim.id) }
    } catch {
      _ = await noting { try await store.oweImport(of: claim.id, at: clock.now()) }
    }
    return await noting { try await store.releaseImport(claim, for: id) }
  }
}
