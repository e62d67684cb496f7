import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres)
struct PostgresLossTests {
  @LoopActor @Test func `a terminated connection fails what is in flight and comes back`() async throws {
    try await ScratchDatabase.with { scratch in
      var configuration = DatabaseConfiguration(url: scratch.url)
      configuration.connections = 1
      let log = ConnectionLog()
      let database = Database(configuration) { log.note($0) }
      database.start()
      let own: Int = try await database.query("SELECT pg_backend_pid()")[0].get(0)
      let sleeping = onLoop { () -> PostgresError? in
        do throws(PostgresError) { try await database.query("SELECT pg_sleep(60)") } catch { return error }
        return nil
      }
      try await database.transaction { try await $0.query("SELECT pg_terminate_backend(\(Int32(own)))") }
      let error = await sleeping.value
      #expect(error?.kind == .unavailable)
      #expect(error?.outcomeUnknown == true)
      await log.until { $0.lost == 1 && $0.connected == 2 }
      let new: Int = try await database.query("SELECT pg_backend_pid()")[0].get(0)
      #expect(new != own)
      await database.close()
    }
  }

  @LoopActor @Test func `a connection terminated under an open transaction is replaced`() async throws {
    try await ScratchDatabase.open(configure: { $0.transactionConnections = 1 }) { database in
      let error = await #expect(throws: PostgresError.self) {
        try await database.transaction { transaction in
          let own: Int = try await transaction.query("SELECT pg_backend_pid()")[0].get(0)
          try await database.query("SELECT pg_terminate_backend(\(Int32(own)))")
          try await transaction.query("SELECT 1")
        }
      }
      #expect(error?.kind == .unavailable)
      let answer: Int = try await database.transaction { try await $0.query("SELECT 8")[0].get(0) }
      #expect(answer == 8)
    }
  }

  @LoopActor @Test func `after close nothing is accepted`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("SELECT 1")
      await database.close()
      let error = await #expect(throws: PostgresError.self) { try await database.query("SELECT 1") }
      #expect(error?.kind == .unavailable)
      let refused = await #expect(throws: PostgresError.self) { try await database.transaction { _ in } }
      #expect(refused?.kind == .unavailable)
    }
  }

  @LoopActor @Test func `close lets what runs end`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("SELECT 1")
      let last = onLoop { try? await database.query("SELECT 5 FROM pg_sleep(0.2)")[0].get(0, as: Int.self) }
      let begun = onLoop { await database.close() }
      #expect(await last.value == 5)
      await begun.value
    }
  }
}
