import Glibc
import JSON
import Kit
import Loop
import Postgres
import Settings
import Testing

extension LiveCounterTests {
  /// Two copies of live and two gateways before one database: one live counts, the other stands by and takes over.
  @Suite @LoopActor struct LiveSuccessionTests {
    private func withCopies(
      over transport: Transport,
      _ body: @LoopActor (Stack, _ leader: StackDaemon, _ follower: StackDaemon) async throws -> Void
    ) async throws {
      let settings = ["CARILLON_LIVE_CACHE": "0s", "CARILLON_RATE_LIMITS": "off"]
      try await Stack.with([.live, .auth, .gateway], settings: settings, over: transport, copies: 2, atNoon: true) {
        stack in
        let pair = [try stack.daemon(.live), try #require(stack.twins[.live])]
        // Where the database takes long both are ready before either leads.
        var leading = [false, false]
        while leading[0] == leading[1] { leading = try await [leads(pair[0]), leads(pair[1])] }
        try await body(stack, pair[leading[0] ? 0 : 1], pair[leading[0] ? 1 : 0])
      }
    }

    private func leads(_ daemon: StackDaemon) async throws -> Bool {
      try await daemon.admin.get("/metrics").text.contains("\ncarillon_live_leads 1\n")
    }

    /// Starts the one that has ended.
    private func startAgain(_ daemon: StackDaemon, _ stack: Stack) async throws {
      _ = try await daemon.process.ended()
      if daemon === stack.twins[.live] { try await stack.startTwin(of: .live) } else { try await stack.start(.live) }
    }

    @Test(.needsNATS, arguments: Transport.allCases)
    func `who is killed is followed at once, with everybody and everything counted`(over transport: Transport)
      async throws
    {
      try await withCopies(over: transport) { stack, leader, follower in
        let a = try await CounterClient.settled(stack)
        let b = try await CounterClient.settled(stack, .four, port: stack.httpPorts[1])
        try await a.frame(beginning: Shown.status(2))
        // Calls go to the leader alone, however many there are.
        for count in 1...49 {
          #expect(try await a.ask(#"["click",{"user":"Ann"}]"#).reply == "[]")
          if count < 4 { #expect(try await stack.stat("click_count_total") == count) }
        }
        leader.process.signal(SIGKILL)
        let began = ContinuousClock.now
        let last = try await a.ask(#"["click",{"user":"Ann"}]"#)
        print("over \(transport) the next click was acknowledged after \(ContinuousClock.now - began)")
        #expect(last.reply == "[]")
        let toast = Shown.toast("Ann erreicht 50 Klicks!")
        #expect(last.before.filter { $0 == toast }.count == 1)
        #expect(try await leads(follower))
        // The other gateway attaches as it can.
        while try await stack.list("online_users").count < 2 { try await pause(for: .milliseconds(10)) }
        for _ in stack.httpPorts { #expect(try await stack.stat("click_count_total") == 50) }
        #expect(try await a.ask(#"["click",{"user":"Ann","comment":"later"}]"#).reply == "[]")
        while !(try await b.frame(beginning: #"42["click""#).contains("later")) {}
      }
    }

    @Test(.needsNATS, arguments: Transport.allCases)
    func `clicks lose nothing while the copies end in turn`(over transport: Transport) async throws {
      try await withCopies(over: transport) { stack, leader, follower in
        let load = try await ClickLoad(stack, clients: 8)
        try await load.acknowledges(300, within: .seconds(20))
        leader.process.signal(SIGKILL)
        try await load.acknowledges(300, within: .seconds(20))
        try await startAgain(leader, stack)
        try await load.acknowledges(300, within: .seconds(20))
        follower.process.signal(SIGTERM)
        try await load.acknowledges(300, within: .seconds(20))
        try await load.stop()
        #expect(load.refused < load.acknowledged)
        let total = try await stack.stat("click_count_total")
        #expect(total == load.acknowledged, "\(load.sent) sent, \(load.refused) refused")
        #expect(try await stack.stat("click_count_hour") == load.acknowledged)
        #expect(try await stack.list("users", "click_count") == [[.number(JSONNumber(load.acknowledged))]])
      }
    }

    @Test func `a leader that finds another in its place ends, to be started again`() async throws {
      try await withCopies(over: .tcp) { stack, leader, follower in
        let database = Database(DatabaseConfiguration(url: stack.databaseURL()))
        database.start()
        // Somebody else waits for it, and so is quicker than both.
        let rival = onLoop {
          await #expect(throws: Never.self) {
            try await database.transaction { transaction in
              try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('carillon.standing.live', 0))")
              #expect(try await leader.process.ended() == .exited(111))
            }
          }
        }
        let locks = """
          FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          """
        try await stack.until("SELECT count(*) \(locks) AND NOT granted", is: "1")
        _ = try await stack.rows("SELECT pg_terminate_backend(pid) \(locks) AND granted")
        await rival.value
        await database.close()
        let a = try await CounterClient.connect(stack)
        #expect(try await a.frame(beginning: #"42["stats""#) == Shown.stats(0))
        #expect(try await a.ask(#"["click",{"user":"Ann"}]"#).reply == "[]")
        #expect(try await leads(follower))
      }
    }
  }
}
