import Kit
import Loop
import Postgres
import Queue
import Testing

@Suite(.needsPostgresPrograms, .timeLimit(.minutes(2)))
@LoopActor
struct LeaseTermsTests {
  private let terms = LeaseTerms(length: .seconds(3))

  /// Whether the only row's lease is over, and whether the server had run for a lease's time before and after that look.
  private func look(_ database: Database) async throws -> (isOver: Bool, before: Bool, after: Bool) {
    let row = try await database.query(
      """
      SELECT \(unescaped: terms.isOver("held.")), now() > lived, clock_timestamp() > lived
      FROM held, LATERAL (SELECT pg_postmaster_start_time() + interval '3 seconds' AS lived) AS server
      """
    )[0]
    return (try row.get(0), try row.get(1), try row.get(2))
  }

  @Test func `a server that was away gives every holder a lease's time`() async throws {
    try await ScratchCluster.with { cluster in
      let log = ConnectionLog()
      let database = Database(DatabaseConfiguration(url: cluster.url)) { log.note($0) }
      database.start()
      try await database.query("CREATE TABLE held AS SELECT \(unescaped: terms.end) AS lease")
      let fresh = try await look(database)
      #expect(!fresh.isOver)
      try await database.query("UPDATE held SET lease = now() - interval '1 hour'")
      let connected = log.connected
      try await cluster.crash()
      try await cluster.start()
      await log.until { $0.connected > connected }
      var seen = try await look(database)
      while !seen.isOver {
        #expect(!seen.before)
        try await pause(for: .milliseconds(20))
        seen = try await look(database)
      }
      #expect(seen.after)
      await database.close()
    }
  }
}
