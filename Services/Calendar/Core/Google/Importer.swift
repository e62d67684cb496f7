import Almanac
import Loop
import Postgres
import Time
import Wire

/// Brings what a linked calendar says into ours: first everything, then what has changed since.
///
/// What fails for the provider's sake is owed: `Reimporting` tries it again.
@LoopActor
final class Importer {
  typealias Access = @LoopActor (UserID) async throws(Failure) -> String

  /// Each holds what it has read so far, and a provider that hangs holds each of them.
  static let atOnce = 16
  private static let inLine = 1000

  private let google: GoogleCalendar
  private let store: CalendarStore
  private let clock: WallClock
  private let access: Access
  private let report: @LoopActor (CalendarEvent) -> Void
  private let gate = Turnstile(places: atOnce, waiting: inLine)
  /// One list at a time goes into the database: long ones must leave connections to what people do.
  private let storing = Turnstile(places: 1, waiting: .max)
  /// One import of a person at a time: a second one waits for the first and shares its end.
  private var running: [UUIDValue: SharedOutcome<Result<Int, Failure>>] = [:]
  private var isStopped = false

  init(
    _ google: GoogleCalendar,
    _ store: CalendarStore,
    clock: WallClock,
    access: @escaping Access,
    report: @escaping @LoopActor (CalendarEvent) -> Void
  ) {
    self.google = google
    self.store = store
    self.clock = clock
    self.access = access
    self.report = report
  }

  /// How many entries were new or changed. Refuses with `not_linked`, or `unavailable` when Google gave no sense; what
  /// was known before then stays as it is.
  func run(for caller: Caller) async throws(Failure) -> Int {
    guard !isStopped else { throw .unavailable }
    if let running = running[caller.id] { return try await running.value().get() }
    let outcome = SharedOutcome<Result<Int, Failure>>()
    running[caller.id] = outcome
    onLoop { [self] in
      let result = await inTurn(caller)
      if running[caller.id] === outcome { running[caller.id] = nil }
      outcome.settle(result)
    }
    return try await outcome.value().get()
  }

  /// Tells everybody who waits to come again; what is under way ends by itself, unheard.
  func stop() {
    isStopped = true
    let all = running.values
    running = [:]
    for outcome in all { outcome.settle(.failure(.unavailable)) }
  }

  private func inTurn(_ caller: Caller) async -> Result<Int, Failure> {
    let result: Result<Int, Failure>
    do { result = try await gate.pass { await attempt(for: caller) } } catch { result = .failure(.unavailable) }
    do {
      if case .failure(let failure) = result, failure.word == .unavailable {
        try await store.oweImport(of: caller.id, at: clock.now())
      } else {
        try await store.settleImport(of: caller.id)
      }
    } catch {
      report(.databaseFailed(error))
    }
    return result
  }

  private func attempt(for caller: Caller) async -> Result<Int, Failure> {
    do {
      let token = try await access(caller.user)
      let taken = try await fetch(for: caller, token: token)
      report(.changed(.imported))
      return .success(taken)
    } catch let failure as Failure {
      if failure.word == .unavailable { report(.calendarAway) }
      return .failure(failure.word == .notFound ? Failure(.conflict, .notLinked) : failure)
    } catch GoogleCalendar.Trouble.refused {
      return .failure(Failure(.conflict, .notLinked))
    } catch let error as PostgresError {
      report(.databaseFailed(error))
      return .failure(.unavailable)
    } catch {
      report(.calendarAway)
      return .failure(.unavailable)
    }
  }

  private func fetch(for caller: Caller, token: String) async throws -> Int {
    let sync = try await store.syncToken(of: caller.id)
    do {
      return try await take(google.list(since: sync, token: token, home: caller.zone), of: caller, isWhole: sync == nil)
    } catch GoogleCalendar.Trouble.expired where sync != nil {
      return try await take(google.list(since: nil, token: token, home: caller.zone), of: caller, isWhole: true)
    }
  }

  private func take(_ list: (items: [GoogleItem], sync: String), of caller: Caller, isWhole: Bool) async throws -> Int {
    let result: Result<Int, any Error> = try await storing.pass { [self] in
      do {
        let now = clock.now()
        return .success(try await store.take(list.items, of: caller, sync: list.sync, isWhole: isWhole, at: now))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
