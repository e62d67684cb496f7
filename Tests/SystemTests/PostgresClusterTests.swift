import Kit
import Loop
import Testing

@Suite(.serialized, .needsDaemons) @LoopActor struct PostgresClusterTests {
  private func run(_ sql: String, _ url: String) async throws -> [String] {
    try await Command(["/usr/bin/psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url]).run()
  }

  @Test func `what was committed is there after a crash`() async throws {
    try await PostgresCluster.with { cluster in
      #expect(try await run("SHOW fsync", cluster.url) == ["on"])
      _ = try await run("CREATE TABLE kept AS SELECT 42 AS a", cluster.url)
      try await cluster.stop(.immediate)
      await #expect(throws: Command.Failure.self) { try await run("SELECT 1", cluster.url) }
      try await cluster.start()
      #expect(try await run("SELECT a FROM kept", cluster.url) == ["42"])
      try await cluster.restart(.immediate)
      #expect(try await run("SELECT a FROM kept", cluster.url) == ["42"])
    }
  }
}
