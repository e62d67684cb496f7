import Daemon
import Loop
import Postgres
import Time
import Wire

/// Keeps real events in linked calendars as they are here: puts them in, brings them up to date, takes them out. Each until
/// it is done, its owner has no calendar linked, or a day has passed.
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

  /// Also when nothing is left to do, or the person has linked no calendar.
  private func isDone(_ claim: ExportClaim) async throws -> Bool {
    guard let event = try await store.event(claim.event) else { return true }
    let state = try await store.exportState(of: claim)
    let isWanted = event.state == .confirmed && event.guest(state.email)?.attends == true
    let step = ExportStep(isWanted: isWanted, noted: state.known != nil)
    guard step != .nothing else { return true }
    do {
      let token = try await access(UserID(claim.person.description))
      if state.known == nil { try await store.noteExported(claim, known: false) }
      return try await tell(step, event, claim, known: state.known ?? false, token: token)
    } catch let failure as Failure {
      return failure.word == .notFound
    } catch let error as PostgresError {
      throw error
    } catch {
      report(.calendarAway)
      return false
    }
  }

  /// At most three requests: an insertion that turns out to be a repetition becomes an update, and the other way round.
  private func tell(
    _ first: ExportStep,
    _ event: EventRecord,
    _ claim: ExportClaim,
    known: Bool,
    token: String
  ) async throws -> Bool {
    var step = first
    for _ in 0..<3 {
      switch step.next(status: try await google.perform(step, event, token: token), known: known) {
      case .then(let other): step = other
      case .isThere:
        try await store.noteExported(claim, known: true)
        report(.changed(.exported))
        return true
      case .isGone:
        try await store.forgetExported(claim)
        report(.changed(.exported))
        return true
      case .wasRemoved: return true
      case .refused:
        report(.calendarAway)
        return true
      case .retry:
        report(.calendarAway)
        return false
      }
    }
    return false
  }
}
