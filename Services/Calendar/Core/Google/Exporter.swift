import Daemon
import Loop
import Postgres
import Time
import Wire

/// Puts real events into linked calendars, each until it is there, its owner has none, or a day has passed.
@LoopActor
final class Exporter {
  private static let lease = Duration.seconds(30)
  private static let interval = Duration.seconds(1)
  private static let atOnce = 16
  /// Waits double from 2 s to an hour, so this many tries are more than a day.
  private static let tries = 36

  private let google: GoogleCalendar
  private let store: CalendarStore
  private let clock: WallClock
  private let access: Importer.Access
  private let report: @LoopActor (CalendarEvent) -> Void

  init(
    _ google: GoogleCalendar,
    _ store: CalendarStore,
    clock: WallClock,
    access: @escaping Importer.Access,
    report: @escaping @LoopActor (CalendarEvent) -> Void
  ) {
    self.google = google
    self.store = store
    self.clock = clock
    self.access = access
    self.report = report
  }

  /// Works until its task is cancelled.
  func run() async throws {
    while true {
      await work()
      try await pause(for: Exporter.interval)
    }
  }

  private func work() async {
    do {
      let now = clock.now()
      let claims = try await store.claimExports(Exporter.atOnce, at: now, lease: now + Exporter.lease)
      let runs = claims.map { claim in onLoop { await self.export(claim) } }
      for run in runs { await run.value }
    } catch {
      report(.databaseFailed(error))
    }
  }

  private func export(_ claim: ExportClaim) async {
    do {
      if try await isDone(claim) || claim.attempts >= Exporter.tries {
        try await store.dropExport(claim)
      } else {
        let rest = Duration.seconds(min(2 << min(claim.attempts, 11), 3600))
        try await store.postponeExport(claim, until: clock.now() + rest)
      }
    } catch {
      if let error = error as? PostgresError { report(.databaseFailed(error)) }
    }
  }

  /// Also when nothing is left to do: the event is cancelled, or the person has linked no calendar.
  private func isDone(_ claim: ExportClaim) async throws -> Bool {
    guard let event = try await store.event(claim.event), event.state == .confirmed else { return true }
    do {
      try await google.insert(event, token: try await access(UserID(claim.person.description)))
      report(.changed(.exported))
      return true
    } catch let failure as Failure {
      return failure.word == .notFound
    } catch {
      report(.calendarAway)
      return error as? GoogleCalendar.Trouble == .refused
    }
  }
}
