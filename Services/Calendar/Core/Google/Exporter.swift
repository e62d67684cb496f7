import Daemon
import Loop
import Postgres
import Queue
import Time
import Wire

/// Keeps real events in linked calendars as they are here: puts them in, brings them up to date, takes them out. Each until
/// it is done, its owner has no calendar linked, or a day has passed.
///
/// One at a time for each person, so that whose calendar hangs holds one place and no more. Who finds at the end that
/// somebody else has taken an export over leaves the event once more: of two that told a calendar about it, nobody
/// knows whom it heard last.
@LoopActor
final class Exporter: QueueWork {
  static let atOnce = 16
  /// Waits double from 2 s to an hour, so this many tries are more than a day.
  private static let tries = 36

  private let id = UUIDValue.random()
  private let google: GoogleCalendar
  private let store: CalendarStore
  private let clock: WallClock
  private let access: Importer.Access
  private let report: @LoopActor (CalendarEvent) -> Void
  private let worker: QueueWorker<UUIDValue>
  private var isStopped = false

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
    worker = QueueWorker(places: Exporter.atOnce, lease: CalendarStore.lease.length, isAwaited: false, clock: clock)
  }

  /// Says that an event was left for a calendar.
  func wake() { worker.ring() }

  /// Works until its task is cancelled.
  func run() async throws { try await worker.run(self) }

  /// Takes on nothing more; what is under way ends by itself.
  func stop() {
    isStopped = true
    worker.stop()
  }

  func claim(_ count: Int, at now: Timestamp) async throws(PostgresError) -> [ExportClaim] {
    try await store.claimExports(count, for: id, besides: worker.held, at: now)
  }

  func renew(_ people: [UUIDValue]) async throws(PostgresError) -> [UUIDValue] {
    try await store.renewExports(of: people, for: id)
  }

  func outlook(at now: Timestamp) async throws(PostgresError) -> Outlook {
    try await store.exportOutlook(besides: worker.held)
  }

  func failed(_ error: PostgresError) { report(.databaseFailed(error)) }

  func carryOut(_ claim: ExportClaim) async -> Bool {
    var outcome = Outcome.later(rest: .zero, everything: false)
    do { outcome = try await self.outcome(of: claim) } catch {
      if let error = error as? PostgresError { failed(error) }
    }
    // Another event of the person may wait, and was nobody's to claim meanwhile.
    return await noting {
      if try await !settle(claim, outcome) { try await store.repostExport(claim, at: clock.now()) }
    }
  }

  private func settle(_ claim: ExportClaim, _ outcome: Outcome) async throws(PostgresError) -> Bool {
    switch outcome {
    case .done(let isThere): return try await store.endExport(claim, for: id, isThere: isThere)
    case .later where claim.attempts >= Exporter.tries:
      return try await store.endExport(claim, for: id, isThere: nil)
    case .later(let rest, let everything):
      let usual = Duration.seconds(min(2 << min(claim.attempts, 11), 3600))
      let until = isStopped ? clock.now() : clock.now() + max(usual, rest)
      return try await store.postponeExport(claim, for: id, until: until, everything: everything && !isStopped)
    }
  }

  private enum Outcome {
    /// Also when nothing is left to do, or the person has linked no calendar; `isThere` as far as it was said now.
    case done(isThere: Bool?)
    /// `everything`: the calendar is away, not only for this event.
    case later(rest: Duration, everything: Bool)
  }

  private func outcome(of claim: ExportClaim) async throws -> Outcome {
    guard let event = try await store.event(claim.event) else { return .done(isThere: nil) }
    let state = try await store.exportState(of: claim)
    let isWanted = event.state == .confirmed && event.guest(state.email)?.attends == true
    let step = ExportStep(isWanted: isWanted, noted: state.known != nil)
    guard step != .nothing else { return .done(isThere: nil) }
    do {
      let token = try await access(UserID(claim.person.description))
      if state.known == nil { try await store.noteExported(claim) }
      return try await tell(step, event, claim, known: state.known ?? false, token: token)
    } catch let failure as Failure where failure.word == .notFound {
      return .done(isThere: nil)
    } catch let error as PostgresError {
      throw error
    } catch {
      if !isStopped { report(.calendarAway) }
      return .later(rest: .zero, everything: true)
    }
  }

  /// At most three requests: an insertion that turns out to be a repetition becomes an update, and the other way round.
  private func tell(
    _ first: ExportStep,
    _ event: EventRecord,
    _ claim: ExportClaim,
    known: Bool,
    token: String
  ) async throws -> Outcome {
    var step = first
    for _ in 0..<3 {
      // Somebody else may tell it by now.
      guard worker.holds(claim.person) else { break }
      let answer = try await google.perform(step, event, token: token)
      let status = answer.credible(of: step, event.id.hex)
      switch step.next(status: status, known: known) {
      case .then(let other): step = other
      case .isThere:
        report(.changed(.exported))
        return .done(isThere: true)
      case .isGone:
        report(.changed(.exported))
        return .done(isThere: false)
      case .wasRemoved: return .done(isThere: nil)
      case .refused:
        report(.calendarAway)
        return .done(isThere: nil)
      case .retry:
        report(.calendarAway)
        return .later(rest: answer.rest ?? .zero, everything: status == 401 || status == 429 || status >= 500)
      }
    }
    return .later(rest: .zero, everything: false)
  }
}
