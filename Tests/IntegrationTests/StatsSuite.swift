import JSON
import Kit
import Loop
import Postgres
import Time
import Wire

@testable import StatsCore

/// The stats service's inside on a database of its own, with a clock that a test moves.
@LoopActor
struct StatsBench {
  let handler: StatsHandler
  let database: Database
  let clock: ManualClock
  let events: EventLog

  @LoopActor
  final class EventLog {
    var events: [StatsEvent] = []
  }

  private static let migrated = ScratchDatabase.Template("stats") { url in
    try await Migrator.run(StatsSchema.migrations, schema: "stats", on: url)
  }

  static func open<T>(
    _ configure: (inout StatsConfiguration) -> Void = { _ in },
    _ body: @LoopActor (StatsBench) async throws -> T
  ) async throws -> T {
    var configuration = StatsConfiguration()
    configure(&configuration)
    return try await ScratchDatabase.open(migrated) { database in
      let clock = ManualClock()
      let log = EventLog()
      let handler = StatsHandler(configuration, database, clock: clock.wall) { log.events.append($0) }
      return try await body(StatsBench(handler: handler, database: database, clock: clock, events: log))
    }
  }

  // MARK: - Calls, as one user makes them

  func store(
    _ user: String,
    _ course: String,
    _ session: String,
    _ modules: Int,
    _ score: Double,
    _ time: Double,
    observed: Int? = nil
  ) async throws(Failure) {
    let body = StatsBench.body(session, modules, score, time, observed: observed)
    _ = try await handler.store(Stats.Store(course: course, body: body), context(user))
  }

  static func body(
    _ session: String,
    _ modules: Int,
    _ score: Double,
    _ time: Double,
    observed: Int? = nil
  ) -> RawJSON {
    .object {
      $0.member("sessionId", session)
      $0.member("totalModulesStudied", modules)
      $0.member("averageScore", score)
      $0.member("timeStudied", time)
      $0.member("observedAt", observed)
    }
  }

  func session(_ user: String, _ course: String, _ session: String) async throws(Failure) -> Stats.SessionNumbers {
    try await handler.session(Stats.Session(course: course, session: session), context(user))
  }

  func course(_ user: String, _ course: String, _ weighting: String? = nil) async throws(Failure) -> Stats.Numbers {
    try await handler.course(Stats.Course(course: course, weighting: weighting), context(user))
  }

  func context(_ user: String?) -> CallContext { CallContext(user: user.map { UserID($0) }) }

  func rows() async throws -> Int { try await database.query("SELECT count(*) FROM stats.session")[0].get(0) }
}

/// Names of the contract's scenarios.
enum Sample {
  static let u1 = "11111111-0000-4000-8000-000000000001"
  static let u2 = "11111111-0000-4000-8000-000000000002"
  static let c1 = "22222222-0000-4000-8000-000000000001"
  static let c2 = "22222222-0000-4000-8000-000000000002"
  static let (s1, s2, s3) = (session(1), session(2), session(3))

  static func session(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "33333333-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }
}

let noStats = Failure(.notFound, reason: "no_stats")
let courseFull = Failure(.conflict, reason: "too_many_sessions")
