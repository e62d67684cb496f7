import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres)
struct PostgresDeadlineTests {
  @LoopActor @Test func `a late statement is cancelled on the server and its connection goes on`() async throws {
    try await ScratchDatabase.open(configure: { $0.connections = 1 }) { database in
      let before: Int = try await database.query("SELECT pg_backend_pid()")[0].get(0)
      let begin = ContinuousClock.now
      let error = await #expect(throws: PostgresError.self) {
        try await database.query("SELECT pg_sleep(60)", deadline: .now + .milliseconds(100))
      }
      #expect(error?.kind == .timeout)
      #expect(error?.outcomeUnknown == true)
      let after: Int = try await database.query("SELECT pg_backend_pid()")[0].get(0)
      #expect(after == before)
      #expect(ContinuousClock.now - begin < .seconds(2))
    }
  }

  @LoopActor @Test func `neighbours of cancelled statements all get their answers`() async throws {
    try await ScratchDatabase.open(configure: { $0.connections = 1 }) { database in
      try await database.query("SELECT 1")
      let runs = (0..<60).map { number in
        onLoop { () -> String in
          do throws(PostgresError) {
            if number % 20 == 0 {
              try await database.query("SELECT pg_sleep(60)", deadline: .now + .milliseconds(100))
            }
            return try await database.query("SELECT \(String(number))::text")[0].get(0)
          } catch { return error.kind == .timeout ? "late" : "\(error)" }
        }
      }
      for (number, run) in runs.enumerated() {
        #expect(await run.value == (number % 20 == 0 ? "late" : String(number)))
      }
    }
  }

  @LoopActor @Test func `the server's own limit is a timeout with a known outcome`() async throws {
    try await ScratchDatabase.open(configure: { $0.statementTimeout = .milliseconds(50) }) { database in
      let error = await #expect(throws: PostgresError.self) { try await database.query("SELECT pg_sleep(60)") }
      #expect(error?.kind == .timeout)
      #expect(error?.outcomeUnknown == false)
    }
  }

  @LoopActor @Test func `a full queue turns statements away`() async throws {
    var configuration = DatabaseConfiguration(url: "host=/nowhere")
    configuration.queueLimit = 1
    configuration.waitLimit = .milliseconds(50)
    let database = Database(configuration)
    database.start()
    let waits = onLoop { () -> String in
      do throws(PostgresError) { try await database.query("SELECT 1") } catch { return error.message }
      return ""
    }
    let refused = onLoop { () -> String in
      do throws(PostgresError) { try await database.query("SELECT 1") } catch { return error.message }
      return ""
    }
    #expect(await refused.value == "too many statements wait")
    #expect(await waits.value == "no connection")
    #expect(!database.isAvailable)
    await database.close()
  }
}
