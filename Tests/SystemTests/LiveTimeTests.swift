import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 7.17 and 7.18: hours, days and the lists that go by them.
  @Suite @LoopActor struct LiveTimeTests {
    /// Moves the clock to some seconds behind the start of the next hour, or of the next day of UTC.
    private func move(_ stack: Stack, toNext span: Int, plus rest: Int = 5) async throws {
      let now = stack.clockSeconds
      try await stack.moveClock(by: Double((now / span + 1) * span + rest - now))
    }

    @Test func `livecounter 7.18: an hour ends, and a day`() async throws {
      try await withCounter { stack in
        try await move(stack, toNext: 86_400)
        let a = try await CounterClient.settled(stack)
        for _ in 0..<2 { _ = try await a.ask(#"["click",{"user":"Anna"}]"#) }
        try await move(stack, toNext: 3600)
        #expect(try await a.frame(beginning: #"42["stats""#) == Shown.stats(2, hour: 0))
        #expect(try await a.ask(#"["click",{"user":"Anna"}]"#).reply == "[]")
        #expect(try await stack.stat("click_count_hour") == 1)
        #expect(try await hours(stack) == [[2, 2], [1, 3]])
        try await move(stack, toNext: 86_400)
        #expect(try await a.frame(beginning: #"42["stats""#) == Shown.stats(3, today: 0, hour: 0))
        #expect(try await stack.list("latest_clicks") == [])
        #expect(try await hours(stack).count == 25)
      }
    }

    @Test func `livecounter 7.18: hours without a server are zeros with the totals carried on`() async throws {
      // With another copy there is no hour without a server.
      try await withCounter(copies: 1) { stack in
        let a = try await CounterClient.settled(stack)
        _ = try await a.ask(#"["click",{"user":"Anna"}]"#)
        try await stack.stop(.live)
        try await stack.moveClock(by: 4 * 3600)
        try await stack.start(.live)
        #expect(try await a.frame(beginning: #"42["stats""#).contains(#""click_count_hour":0"#))
        #expect(try await hours(stack) == [[1, 1], [0, 1], [0, 1], [0, 1], [0, 1]])
      }
    }

    @Test func `livecounter 7.17: the latest clicks are the newest ten thousand of today`() async throws {
      try await withCounter(["CARILLON_RATE_LIMITS": "off"]) { stack in
        try await move(stack, toNext: 86_400, plus: -30)
        let a = try await CounterClient.settled(stack)
        #expect(try await a.ask(#"["click",{"user":"Old"}]"#).reply == "[]")
        try await stack.moveClock(by: 60)
        for number in 1...10_049 { a.click(#""user":"Anna","comment":"\#(number)""#) }
        #expect(try await a.ask(#"["click",{"user":"Anna","comment":"10050"}]"#).reply == "[]")
        let comments = try await stack.list("latest_clicks", "comment")
        #expect(comments.count == 10_000)
        #expect(comments.first == [.string("10050")] && comments.last == [.string("51")])
        #expect(try await stack.stat("click_count_total") == 10_051)
        #expect(try await stack.stat("click_count_today") == 10_050)
        let packed = try await stack.client().get("/api/latest_clicks", headers: [("Accept-Encoding", "gzip")])
        #expect(packed.header("Content-Encoding") == "gzip" && packed.body.starts(with: [0x1F, 0x8B]))
        let reply = try await stack.client().get("/api/latest_clicks")
        #expect(reply.header("Content-Encoding") == nil && reply.body.count > packed.body.count * 5)
        let link = try #require(reply.header("Link")?.firstMatch(of: /<([^>]+)>; rel="next"/)?.1)
        #expect(try await stack.client().get(String(link)).json().array?.count == 50)
      }
    }

    private func hours(_ stack: Stack) async throws -> [[Int]] {
      try await stack.list("latest_hours", "click_count", "click_count_total").map { $0.map { $0?.number?.int ?? -1 } }
    }
  }
}
