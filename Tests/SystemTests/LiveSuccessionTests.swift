import Glibc
import JSON
import Kit
import Loop
import Postgres
import Settings
import Testing

extension LiveCounterTests {
  /// Two copies of live before one database: one counts, the other stands by and takes over.
  @Suite @LoopActor struct LiveSuccessionTests {
    private typealias Pair = (daemon: StackDaemon, gateway: StackDaemon, port: Int)

    /// The stack's live leads, the pair's stands by, and the pair's gateway knows both.
    private func withPair(
      _ settings: [String: String] = [:],
      _ body: @LoopActor (Stack, Pair) async throws -> Void
    ) async throws {
      try await withCounter(settings) { stack in
        let pair = try await stack.successor(of: .live)
        let result: Result<Void, any Error>
        do { result = .success(try await body(stack, pair)) } catch { result = .failure(error) }
        for process in [pair.gateway.process, pair.daemon.process] where process.end == nil {
          process.signal(SIGTERM)
          _ = try await process.ended()
        }
        try result.get()
      }
    }

    private func leads(_ daemon: StackDaemon) async throws -> Bool {
      try await daemon.admin.get("/metrics").text.contains("\ncarillon_live_leads 1\n")
    }

    @Test func `one copy leads, the other stands by and is ready`() async throws {
      try await withPair { stack, pair in
        #expect(try await leads(try stack.daemon(.live)))
        #expect(try await !leads(pair.daemon))
        let a = try await CounterClient.connect(stack, port: pair.port)
        #expect(try await a.frames(2) == [Shown.stats(0), Shown.status(1)])
        // Calls go to the one alone, however many there are.
        for count in 1...5 {
          _ = try await a.ask(#"["click",{"user":"Ann"}]"#)
          #expect(try await stack.stat("click_count_total") == count)
        }
      }
    }

    @Test func `a leader that is killed is followed at once, with everybody and everything counted`() async throws {
      try await withPair(["CARILLON_RATE_LIMITS": "off"]) { stack, pair in
        let a = try await CounterClient.settled(stack, port: pair.port)
        let b = try await CounterClient.settled(stack, .four, port: pair.port)
        _ = try await a.frame(beginning: Shown.status(2))
        for _ in 0..<49 { _ = try await a.ask(#"["click",{"user":"Ann"}]"#) }
        stack.kill(.live)
        let began = ContinuousClock.now
        let last = try await a.ask(#"["click",{"user":"Ann"}]"#)
        print("the next click was acknowledged after", ContinuousClock.now - began)
        #expect(last.reply == "[]")
        let toast = Shown.toast("Ann erreicht 50 Klicks!")
        #expect(last.before.filter { $0 == toast }.count == 1)
        try await b.frame(beginning: toast)
        #expect(try await b.frame().hasPrefix(#"42["click""#))
        let client = TestClient(port: pair.port)
        #expect(try await client.get("/api/online_users").json().array?.count == 2)
        let stats = try await client.get("/api/current_stats").json()
        #expect(stats.object?["click_count_total"]?.number?.int == 50)
        #expect(try await leads(pair.daemon))
      }
    }

    @Test func `clicks lose nothing while the copies are killed in turn`() async throws {
      try await withPair(["CARILLON_RATE_LIMITS": "off"]) { stack, pair in
        let load = try await ClickLoad(stack, clients: 8, port: pair.port)
        try await load.acknowledges(300, within: .seconds(20))
        stack.kill(.live)
        try await load.acknowledges(300, within: .seconds(20))
        _ = try await stack.daemon(.live).process.ended()
        try await stack.start(.live)
        #expect(try await !leads(try stack.daemon(.live)))
        try await load.acknowledges(300, within: .seconds(20))
        pair.daemon.process.signal(SIGTERM)
        try await load.acknowledges(300, within: .seconds(20))
        try await load.stop()
        #expect(load.refused < load.acknowledged)
        #expect(try await stack.stat("click_count_total") == load.acknowledged)
        #expect(try await stack.stat("click_count_hour") == load.acknowledged)
        #expect(try await stack.list("latest_clicks").count == load.acknowledged)
      }
    }

    @Test func `a leader that finds another in its place ends, to be started again`() async throws {
      try await withPair { stack, pair in
        let old = try stack.daemon(.live).process
        let database = Database(DatabaseConfiguration(url: stack.databaseURL()))
        database.start()
        try await database.transaction { transaction in
          // Somebody else is quicker than both.
          try await transaction.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
          )
          try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('carillon.standing.live', 0))")
          #expect(try await old.ended() == .exited(111))
        }
        await database.close()
        let a = try await CounterClient.connect(stack, port: pair.port)
        #expect(try await a.frame(beginning: #"42["stats""#) == Shown.stats(0))
        #expect(try await a.ask(#"["click",{"user":"Ann"}]"#).reply == "[]")
        #expect(try await leads(pair.daemon))
      }
    }
  }
}
