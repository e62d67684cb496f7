import Daemon
import Loop
import Postgres
import Time
import Wire

/// Keeps real events in linked calendars as they are here: puts them in, brings them up to date, takes them out. Each until
/// it is done, its owner has no calendar linked, or a day has passed.
///
/// One at a time for each person, so that whose calendar hangs holds one place and no more.
@LoopActor
final class Exporter {
  /// Longer than three requests and the access before them can take.
  private static let lease = Duration.seconds(60)
  private static let interval = Duration.seconds(1)
  static let atOnce = 16
  /// Waits double from 2 s to an hour, so this many tries are more than a day.
  private static let tries = 36

  private let google: GoogleCalendar
  private let store: CalendarStore
  private let clock: WallClock
  private let access: Importer.Access
  private let report: @LoopActor (CalendarEvent) -> Void
  private var busy: Set<UUIDValue> = []
  private var isClaiming = false
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
  }

  /// Works until its task is cancelled.
  func run() async throws {
    while true {
      await fill()
      try await pause(for: Exporter.interval)
    }
  }

  /// Takes on nothing more; what is under way ends by itself.
  func stop() { isStopped = true }

  /// Gives every free place to somebody who waits. Who claims already sees what has come meanwhile, or the next round does.
  private func fill() async {
    guard !isClaiming, !isStopped, busy.count < Exporter.atOnce else { return }
    isClaiming = true
    defer { isClaiming = false }
    do {
      let now = clock.now()
      let free = Exporter.atOnce - busy.count
      let claims = try await store.claimExports(free, besides: Array(busy), at: now, lease: now + Exporter.lease)
      for claim in claims { start(claim) }
    } catch {
      report(.databaseFailed(error))
    }
  }

  private func start(_ claim: ExportClaim) {
    busy.insert(claim.person)
    onLoop { [self] in
      await export(claim)
      busy.remove(claim.person)
      await fill()
    }
  }

  private func export(_ claim: ExportClaim) async {
    do {
      switch try await outcome(of: claim) {
      case .done: try await store.dropExport(claim)
      case .later where claim.attempts >= Exporter.tries: try await store.dropExport(claim)
      case .later(let rest, let everything):
        let usual = Duration.seconds(min(2 << min(claim.attempts, 11), 3600))
        let until = isStopped ? clock.now() : clock.now() + max(usual, rest)
        try await store.postponeExport(claim, until: until, everything: everything && !isStopped)
      }
    } catch {
      if let error = error as? PostgresError { report(.databaseFailed(error)) }
    }
  }

  private enum Outcome {
    /// Also when nothing is left to do, or the person has linked no calendar.
    case done
    /// `everything`: the calendar is away, not only for this event.
    case later(rest: Duration, everything: Bool)
  }

  private func outcome(of claim: ExportClaim) async throws -> Outcome {
    guard let event = try await store.event(claim.event) else { return .done }
    let state = try await store.exportState(of: claim)
    let isWanted = event.state == .confirmed && event.guest(state.email)?.attends == true
    let step = ExportStep(isWanted: isWanted, noted: state.known != nil)
    guard step != .nothing else { return .done }
    do {
      let token = try await access(UserID(claim.person.description))
      if state.known == nil { try await store.noteExported(claim, known: false) }
      return try await tell(step, event, claim, known: state.known ?? false, token: token)
    } catch let failure as Failure where failure.word == .notFound {
      return .done
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
      let answer = try await google.perform(step, event, token: token)
      let status = answer.credible(of: step, event.id.hex)
      switch step.next(status: status, known: known) {
      case .then(let other): step = other
      case .isThere:
        try await store.noteExported(claim, known: true)
        report(.changed(.exported))
        return .done
      case .isGone:
        try await store.forgetExported(claim)
        report(.changed(.exported))
        return .done
      case .wasRemoved: return .done
      case .refused:
        report(.calendarAway)
        return .done
      case .retry:
        report(.calendarAway)
        return .later(rest: answer.rest ?? .zero, everything: status == 401 || status == 429 || status >= 500)
      }
    }
    return .later(rest: .zero, everything: false)
  }
}
