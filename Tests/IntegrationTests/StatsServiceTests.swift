import Bus
import Daemon
import JSON
import Kit
import Loop
import Postgres
import Settings
import Telemetry
import Testing
import Wire

@testable import StatsCore

private let (u1, c1, s1) = (Sample.u1, Sample.c1, Sample.s1)

@Suite struct StatsServiceTests {
  /// The service on a bus as the gateway meets it.
  @LoopActor
  private func serve(
    _ database: Database,
    over transport: Transport = .tcp,
    patience: Duration = .seconds(2),
    _ body: (BusClient, MetricsRegistry) async throws -> Void
  ) async throws {
    var configuration = StatsConfiguration()
    configuration.outagePatience = patience
    let bus = BusServer(service: "stats", key: nil)
    let metrics = MetricsRegistry()
    let log = Logger(service: "stats", level: .error)
    let context = DaemonContext(name: .stats, log: log, metrics: metrics, bus: bus, database: database)
    let service = StatsService(configuration, context)
    service.start()
    try await MeetingPlace.with(transport) { place in
      try place.open(bus, as: .stats)
      try await body(await place.client(of: .stats), metrics)
    }
  }

  private func context(_ user: String?) -> CallContext { CallContext(user: user.map { UserID($0) }) }

  @LoopActor @Test(.needsPostgres, .needsNATS, arguments: Transport.allCases)
  func `every call is answered over the bus`(transport: Transport) async throws {
    try await StatsBench.open { stats in
      try await serve(stats.database, over: transport) { client, metrics in
        let own = context(u1)
        let body = StatsBench.body(s1, 5, 80, 120_000)
        let list = try RawJSON(validating: Array(#"{"sessions":[{}]}"#.utf8))
        let numbers = Stats.Numbers(modules: 5, score: 80, time: 120_000)
        _ = try await client.call(Stats.Store(course: c1, body: body), own)
        let raw = try await client.forward("stats.session", Stats.Session(course: c1, session: s1).json(), own)
        #expect(
          String(decoding: raw.bytes, as: UTF8.self) == """
            {"sessionId":"\(s1)","totalModulesStudied":5,"averageScore":80,"timeStudied":120000}
            """
        )
        #expect(try await client.call(Stats.Course(course: c1), own) == numbers)
        #expect(try await client.call(Stats.Sessions(course: c1), own).sessions.map(\.sessionId) == [s1])
        #expect(try await client.call(Stats.Courses(), own).courses.map(\.numbers) == [numbers])
        #expect(try await client.call(Stats.Export(), own).sessions.map(\.courseId) == [c1])
        let batch = try await client.call(Stats.StoreBatch(course: c1, body: list), own)
        #expect(batch.results == [.missing("sessionId")])
        _ = try await client.call(Stats.EraseSession(course: c1, session: s1), own)
        #expect(try await client.call(Stats.Erase(), own).erased == 0)
        await #expect(throws: noStats) { try await client.call(Stats.Course(course: c1), own) }
        await #expect(throws: Failure.missing("userId")) { try await client.call(Stats.Courses(), context(nil)) }
        #expect(metrics.exposition().contains("carillon_stats_rows_written_total 1\n"))
        #expect(metrics.exposition().contains(#"carillon_stats_reads_total{kind="course"} 2"#))
      }
    }
  }

  @LoopActor @Test(arguments: ["[]", "7", "null", "{}", #"{"course":1,"session":"x"}"#])
  func `a request that is none is refused by name`(text: String) async throws {
    try await serve(away(), patience: .milliseconds(20)) { client, _ in
      let failure = await #expect(throws: Failure.self) {
        try await client.forward("stats.session", RawJSON(validating: Array(text.utf8)), context(u1))
      }
      #expect(failure == .invalid("body"))
    }
  }

  @LoopActor @Test func `without a database every call is told to come again`() async throws {
    try await serve(away(), patience: .milliseconds(20)) { client, metrics in
      let own = context(u1)
      let body = StatsBench.body(s1, 5, 80, 1)
      await #expect(throws: Failure.unavailable) { try await client.call(Stats.Store(course: c1, body: body), own) }
      await #expect(throws: Failure.unavailable) { try await client.call(Stats.Session(course: c1, session: s1), own) }
      await #expect(throws: Failure.unavailable) { try await client.call(Stats.Course(course: c1), own) }
      await #expect(throws: Failure.unavailable) { try await client.call(Stats.Sessions(course: c1), own) }
      await #expect(throws: Failure.unavailable) { try await client.call(Stats.Erase(), own) }
      #expect(metrics.exposition().contains("carillon_stats_failed_requests_total 5\n"))
    }
  }

  /// A database that is never there.
  @LoopActor
  private func away() -> Database {
    let database = Database(DatabaseConfiguration(url: "host=/nowhere dbname=nothing"))
    database.start()
    return database
  }
}
