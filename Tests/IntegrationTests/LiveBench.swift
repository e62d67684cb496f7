import JSON
import Kit
import Loop
import Postgres
import Time
import Wire

@testable import LiveCore

/// The counter's inside on a database of its own, with a clock that a test moves. Gateway 7 is attached.
@LoopActor
final class LiveBench {
  nonisolated static let gateway = 7

  let database: Database
  let store: LiveStore
  let clock: ManualClock
  private(set) var shown: [Live.Item] = []
  /// How often the counter heard that another copy leads.
  private(set) var deposals = 0
  private(set) var rounds: Rounds
  private let configuration: LiveConfiguration
  private var number = 0
  private(set) var days: DayClock

  static let migrated = ScratchDatabase.Template("live") { url in
    try await Migrator.run(LiveSchema.migrations, schema: "live", on: url)
  }

  @discardableResult
  static func open<T>(
    at start: Timestamp = Timestamp(seconds: 1_767_225_600),
    _ configure: (inout LiveConfiguration) -> Void = { _ in },
    _ body: @LoopActor (LiveBench) async throws -> T
  ) async throws -> T {
    var configuration = LiveConfiguration()
    configure(&configuration)
    return try await ScratchDatabase.open(migrated, configure: { $0.transactionConnections = 1 }) { database in
      let bench = try await LiveBench(database, configuration, start)
      let result: Result<T, any Error>
      do { result = .success(try await body(bench)) } catch { result = .failure(error) }
      bench.rounds.end()
      return try result.get()
    }
  }

  private init(_ database: Database, _ configuration: LiveConfiguration, _ start: Timestamp) async throws {
    self.database = database
    self.configuration = configuration
    store = LiveStore(database: database)
    clock = ManualClock(at: start)
    days = DayClock(store, zone: configuration.dayZone)
    rounds = Rounds(configuration, store, days, clock: clock.wall, publish: { _ in }, report: { _ in })
    try await restart()
  }

  /// What a crash leaves: the database.
  func restart() async throws {
    rounds.end()
    days = DayClock(store, zone: configuration.dayZone)
    rounds = Rounds(
      configuration,
      store,
      days,
      clock: clock.wall,
      publish: { [unowned self] in shown += $0.items },
      report: { _ in },
      deposed: { [unowned self] in deposals += 1 }
    )
    await rounds.look()
    shown = []
    try await rounds.attach(Live.Attach(LiveBench.gateway, []))
  }

  // MARK: - Acts

  func act(_ kind: Live.Act.Kind, _ connection: Int, _ arguments: String? = nil) async throws(Failure) -> Live.Outcome {
    try await relay([(kind, connection, arguments)])[0]
  }

  func relay(_ list: [(Live.Act.Kind, Int, String?)]) async throws(Failure) -> [Live.Outcome] {
    let acts = list.map { kind, connection, arguments in
      Live.Act(
        kind,
        on: connection,
        arguments: arguments.map { RawJSON(trusted: Array($0.utf8)) },
        address: "a\(connection)"
      )
    }
    let first = number + 1
    number += acts.count
    return try await rounds.relay(Live.Relay(of: LiveBench.gateway, first: first, acts)).list
  }

  func click(_ connection: Int, as user: String) async throws(Failure) -> Live.Outcome {
    try await act(.click, connection, #"[{"user":"\#(user)"}]"#)
  }

  var counters: Totals { rounds.board.counters }

  func today() async throws -> ListRange {
    ListRange(day: try await days.day(of: clock.now), limit: 10_000, before: nil)
  }

  func hours(back: Int) async throws -> [[Int]] {
    let last = clock.now.hourStart
    let json = try await store.hours(from: last - .seconds(back * 3600), to: last)
    return try (json.value().array ?? []).map { hour in
      (hour.object?.members ?? []).map { $0.value.number?.int ?? -1 }
    }
  }
}
