import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres) @LoopActor
struct PostgresLockTests {
  /// One of those who ask for a lock.
  @LoopActor private final class Copy {
    let database: Database
    private(set) var lock: StandingLock?
    private(set) var states: [StandingLock.State] = []
    private let change = Change()

    init(_ url: String) {
      database = Database(DatabaseConfiguration(url: url))
      database.start()
      lock = database.standingLock("test") { [unowned self] state in
        states.append(state)
        change.announce()
      }
    }

    func passes(_ wanted: [StandingLock.State]) async throws {
      try await change.until("\(wanted)", within: .seconds(10), seen: { "\(self.states)" }) {
        states == wanted ? () : nil
      }
    }

    func reaches(_ state: StandingLock.State) async throws {
      try await change.until("\(state)", within: .seconds(10), seen: { "\(self.states)" }) {
        lock?.state == state ? () : nil
      }
    }
  }

  @Test func `one has it, and another gets it when the first is gone`() async throws {
    try await ScratchDatabase.with { scratch in
      let first = Copy(scratch.url)
      try await first.reaches(.held)
      let second = Copy(scratch.url)
      try await second.reaches(.elsewhere)
      await first.database.close()
      try await second.reaches(.held)
      #expect(second.states == [.elsewhere, .held])
      await second.database.close()
    }
  }

  @Test func `a holder whose session ends hears of it, and of who has it then`() async throws {
    try await ScratchDatabase.with { scratch in
      let first = Copy(scratch.url)
      try await first.reaches(.held)
      let ending: SQL = """
        SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
      try await first.database.query(ending)
      try await first.passes([.held, .unknown, .held])
      let second = Copy(scratch.url)
      try await second.reaches(.elsewhere)
      #expect(first.states == [.held, .unknown, .held])
      await first.database.close()
      await second.database.close()
    }
  }
}
