import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 7.19, and what a crash of live means to those who are connected.
  @Suite @LoopActor struct LiveOutageTests {
    @Test func `livecounter 7.19: an acknowledged click is there after kill -9`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        for _ in 0..<3 { #expect(try await a.ask(#"["click",{"user":"Anna"}]"#).reply == "[]") }
        stack.kill(.live)
        _ = try await stack.daemon(.live).process.ended()
        try await stack.start(.live)
        #expect(try await a.frame(beginning: #"42["stats""#) == Shown.stats(3))
        #expect(try await a.frame() == Shown.status(1))
        #expect(try await stack.list("users", "name", "click_count") == [[.string("Anna"), .number(JSONNumber(3))]])
        #expect(
          try await stack.list("online_users", "name", "click_count_session") == [
            [.string("Anna"), .number(JSONNumber(3))]
          ]
        )
        #expect(try await a.ask(#"["click",{"user":"Anna"}]"#).before.count == 1)
        #expect(try await stack.stat("click_count_hour") == 4)
      }
    }

    @Test func `a click during an outage waits for live, one of a long outage is refused`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        a.name("Anna")
        _ = try await a.frame()
        stack.kill(.live)
        _ = try await stack.daemon(.live).process.ended()
        let refused = try await a.ask(#"["click",{"user":"Anna"}]"#)
        #expect(refused.before == [] && refused.reply == #"[{"error":"unavailable"}]"#)
        a.click(#""user":"Anna","comment":"patient""#)
        a.name("Otto")
        let newcomer = try await CounterClient.connect(stack)
        try await stack.start(.live)
        try await a.frame(beginning: Shown.toast("Anna hat sich umbenannt zu Otto."))
        #expect(try await stack.list("latest_clicks", "comment").count <= 1)
        try await newcomer.frame(beginning: #"42["stats""#)
        #expect(try await newcomer.frame(beginning: #"42["status""#) == Shown.status(2))
        #expect(try await stack.list("online_users", "name") == [[.string("Otto")], [.null]])
      }
    }

    @Test func `a stop of live under load loses no click that was acknowledged, and counts no other`() async throws {
      try await withCounter(["CARILLON_RATE_LIMITS": "off"]) { stack in
        stack.supervise()
        let load = try await ClickLoad(stack, clients: 8)
        for _ in 0..<3 {
          try await load.acknowledges(300, within: .seconds(20))
          stack.kill(.live)
          try await load.acknowledges(300, within: .seconds(20))
        }
        try await load.stop()
        #expect(load.refused < load.acknowledged)
        #expect(try await stack.stat("click_count_total") == load.acknowledged)
        #expect(try await stack.stat("click_count_hour") == load.acknowledged)
        #expect(try await stack.list("users", "click_count") == [[.number(JSONNumber(load.acknowledged))]])
      }
    }

    @Test func `a crash of the gateway leaves no ghosts, and what it acknowledged`() async throws {
      try await withCounter(["CARILLON_RATE_LIMITS": "off"]) { stack in
        let load = try await ClickLoad(stack, clients: 4)
        try await load.acknowledges(300, within: .seconds(20))
        stack.kill(.gateway)
        _ = try await stack.daemon(.gateway).process.ended()
        try await load.stop()
        try await stack.start(.gateway)
        let total = try #require(try await stack.stat("click_count_total"))
        #expect((load.acknowledged...load.sent).contains(total))
        let a = try await CounterClient.connect(stack)
        while try await a.frame(beginning: #"42["status""#) != Shown.status(1) {}
        #expect(try await stack.list("online_users").count == 1)
      }
    }

    @Test func `kills under 2,000 clicks a second lose nothing that was acknowledged`() async throws {
      try await withCounter(["CARILLON_RATE_LIMITS": "off"]) { stack in
        stack.supervise()
        let program = "\(TestEnvironment.daemons ?? "\(TestEnvironment.root)/.build/debug")/carillon-counter-load"
        let load = try ChildProcess([program, "\(stack.httpPort)", "4", "2000", "12", "return"], environment: [:])
        for service in [ServiceName.live, .gateway, .live] {
          let before = try await stack.stat("click_count_total") ?? 0
          while (try await stack.stat("click_count_total") ?? 0) < before + 1500 {
            try #require(load.end == nil, "\(load.tail)")
            try await pause(for: .milliseconds(20))
          }
          stack.kill(service)
          try await stack.green(within: .seconds(10))
        }
        #expect(try await load.ended(within: .seconds(30)) == .exited(0))
        print(load.lines.last ?? "")
        let told = try JSONValue(parsing: Array((load.lines.last ?? "").utf8)).object
        let counted = try #require(told?["counted"]?.number?.int)
        let unknown = try #require(told?["unknown"]?.number?.int)
        #expect(told?["returned"]?.number?.int == 4)
        let total = try #require(try await stack.stat("click_count_total"))
        #expect((counted...counted + unknown).contains(total))
        #expect(try await stack.stat("click_count_hour") == total)
        #expect(try await stack.list("users", "click_count") == [[.number(JSONNumber(total))]])
      }
    }
  }
}
