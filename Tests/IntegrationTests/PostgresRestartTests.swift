import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgresPrograms, .timeLimit(.minutes(2)))
struct PostgresRestartTests {
  @LoopActor @Test func `a crash of the server under load loses nothing acknowledged and all is well in seconds`()
    async throws
  {
    try await ScratchCluster.with { cluster in
      let log = ConnectionLog()
      let database = Database(DatabaseConfiguration(url: cluster.url)) { log.note($0) }
      database.start()
      try await database.query("CREATE TABLE item (id bigint PRIMARY KEY)")
      var acknowledged: Set<Int> = []
      var next = 0
      var stop = false
      let writers = (0..<20).map { _ in
        onLoop {
          while !stop {
            next += 1
            let id = next
            if (try? await database.query("INSERT INTO item VALUES (\(id))", deadline: .now + .milliseconds(500)))
              != nil
            {
              acknowledged.insert(id)
            }
          }
        }
      }
      await log.until { _ in acknowledged.count > 200 || log.connected == 2 }
      for _ in 0..<2 {
        let (before, connected) = (acknowledged.count, log.connected)
        try await cluster.crash()
        try await cluster.start()
        let restarted = ContinuousClock.now
        await log.until { $0.connected >= connected + 2 }
        #expect(ContinuousClock.now - restarted < .seconds(5))
        #expect(database.isAvailable)
        while acknowledged.count < before + 200 { try await pause(for: .milliseconds(5)) }
      }
      stop = true
      for writer in writers { await writer.value }
      let stored = Set(try await database.query("SELECT id FROM item").map { try $0.get("id", as: Int.self) })
      #expect(acknowledged.isSubset(of: stored))
      await database.close()
    }
  }

  @LoopActor @Test func `statements given before the server is up wait for it`() async throws {
    try await ScratchCluster.with { cluster in
      try await cluster.crash()
      var configuration = DatabaseConfiguration(url: cluster.url)
      configuration.waitLimit = .seconds(30)
      let database = Database(configuration)
      database.start()
      let early = onLoop { try? await database.query("SELECT 3")[0].get(0, as: Int.self) }
      try await cluster.start()
      #expect(await early.value == 3)
      await database.close()
    }
  }
}
