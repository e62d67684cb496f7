import Almanac
import Loop
import Postgres
import Time
import Wire

/// Brings what a linked calendar says into ours: first everything, then what has changed since.
@LoopActor
final class Importer {
  typealias Access = @LoopActor (UserID) async throws(Failure) -> String

  private let google: GoogleCalendar
  private let store: CalendarStore
  private let clock: WallClock
  private let access: Access
  /// One import of a person at a time: a second one waits for the first and shares its end.
  private var running: [UUIDValue: Task<Result<Int, Failure>, Never>] = [:]

  init(_ google: GoogleCalendar, _ store: CalendarStore, clock: WallClock, access: @escaping Access) {
    self.google = google
    self.store = store
    self.clock = clock
    self.access = access
  }

  /// How many entries were new or changed. Refuses with `not_linked`, or `unavailable` when Google gave no sense; what
  /// was known before then stays as it is.
  func run(for caller: Caller) async throws(Failure) -> Int {
    if let running = running[caller.id] { return try await running.value.get() }
    let task = onLoop { [self] in
      let result = await attempt(for: caller)
      running[caller.id] = nil
      return result
    }
    running[caller.id] = task
    return try await task.value.get()
  }

  private func attempt(for caller: Caller) async -> Result<Int, Failure> {
    do {
      let token = try await access(caller.user)
      return .success(try await fetch(for: caller, token: token))
    } catch let failure as Failure {
      return .failure(failure.word == .notFound ? Failure(.conflict, .notLinked) : failure)
    } catch GoogleCalendar.Trouble.refused {
      return .failure(Failure(.conflict, .notLinked))
    } catch {
      return .failure(.unavailable)
    }
  }

  private func fetch(for caller: Caller, token: String) async throws -> Int {
    let sync = try await store.syncToken(of: caller.id)
    do {
      let changes = try await google.list(since: sync, token: token, home: caller.zone)
      return try await store.take(changes.items, of: caller, sync: changes.sync, isWhole: sync == nil, at: clock.now())
    } catch GoogleCalendar.Trouble.expired where sync != nil {
      let all = try await google.list(since: nil, token: token, home: caller.zone)
      return try await store.take(all.items, of: caller, sync: all.sync, isWhole: true, at: clock.now())
    }
  }
}
