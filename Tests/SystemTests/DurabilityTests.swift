import Glibc
import Kit
import Loop
import Settings
import Testing

/// What was acknowledged is in the table, whatever dies while it is written; and nobody has to lend a hand afterwards.
@Suite(.needsDaemons, .serialized) @LoopActor struct DurabilityTests {
  /// Runs what happens under load, twice, then compares the list of acknowledged writes with the table.
  private func underLoad(
    mayCut: Bool = false,
    _ disaster: @LoopActor (Stack, PostgresCluster) async throws -> Void
  ) async throws {
    try await PostgresCluster.with { cluster in
      try await Stack.with([.auth, .stats, .gateway], settings: ["CARILLON_RATE_LIMITS": "off"], on: cluster) { stack in
        stack.supervise()
        var learners: [StatsCaller] = []
        for _ in 0..<4 { learners.append(try await StatsCaller.registered(on: stack)) }
        let load = WriteLoad(learners)
        let result: Result<Void, any Error>
        do { result = .success(try await strike(stack, cluster, load, disaster)) } catch { result = .failure(error) }
        await load.stop()
        try result.get()
        #expect(load.strange == [])
        #expect(mayCut || load.cut == 0, "\(load.summary)")
        try await compare(load, stack)
      }
    }
  }

  private func strike(
    _ stack: Stack,
    _ cluster: PostgresCluster,
    _ load: WriteLoad,
    _ disaster: @LoopActor (Stack, PostgresCluster) async throws -> Void
  ) async throws {
    for _ in 0..<2 {
      try await load.acknowledges(30, within: .seconds(20))
      try await disaster(stack, cluster)
      let over = ContinuousClock.now
      try await stack.green(within: .seconds(20))
      try await load.acknowledges(10, within: .seconds(20))
      #expect(.now - over < .seconds(5))
    }
  }

  private func compare(_ load: WriteLoad, _ stack: Stack) async throws {
    let sql = "SELECT session_id, modules FROM stats.session"
    let rows = try await Command(["/usr/bin/psql", "-X", "-A", "-t", "-q", "-c", sql, stack.databaseURL()]).run()
    var stored: [String: Int] = [:]
    for row in rows {
      let columns = row.split(separator: "|")
      stored[String(columns[0])] = Int(columns[1])
    }
    #expect(load.acknowledged >= 80)
    for (session, claim) in load.claims {
      // What was not acknowledged may have taken effect or not; what was acknowledged has.
      let range = claim.acknowledged...claim.sent
      #expect(range.contains(stored[session] ?? 0), "\(session): \(stored[session] ?? 0) is stored, not \(range)")
    }
    #expect(stored.keys.allSatisfy { load.claims[$0] != nil })
  }

  private func kill(_ service: ServiceName, _ stack: Stack) async throws {
    let victim = try stack.daemon(service).process
    stack.kill(service)
    #expect(try await victim.ended() == .signalled(SIGKILL))
  }

  @Test func `kill -9 of stats under load loses nothing`() async throws {
    try await underLoad { stack, _ in try await kill(.stats, stack) }
  }

  @Test func `kill -9 of auth under load loses nothing`() async throws {
    try await underLoad { stack, _ in try await kill(.auth, stack) }
  }

  @Test func `kill -9 of the gateway under load loses nothing`() async throws {
    try await underLoad(mayCut: true) { stack, _ in try await kill(.gateway, stack) }
  }

  @Test(arguments: [PostgresCluster.Stop.fast, .immediate])
  func `a restart of PostgreSQL under load loses nothing`(how: PostgresCluster.Stop) async throws {
    try await underLoad { _, cluster in try await cluster.restart(how) }
  }
}
