import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 7.16 and 7.20: who goes, however they go, and who sends too much.
  @Suite @LoopActor struct LiveLeaveTests {
    enum Way: CaseIterable { case goodbye, cut, silence, close }

    @Test(arguments: Way.allCases)
    func `livecounter 7.16: whoever leaves is told of once, however they left`(way: Way) async throws {
      // Whoever stays must answer in time on a busy machine too.
      let hasty = ["CARILLON_LIVE_PING_INTERVAL": "1s", "CARILLON_LIVE_PING_TIMEOUT": "4s"]
      try await withCounter(way == .silence ? hasty : [:]) { stack in
        let b = try await CounterClient.settled(stack, .four)
        let a = try await CounterClient.settled(stack)
        _ = try await b.frame()
        a.name("Otto")
        #expect(try await b.frame() == Shown.toast("Otto ist beigetreten."))
        switch way {
        case .goodbye: a.send("41")
        case .cut: a.socket.cut()
        case .close: a.close()
        case .silence: break
        }
        #expect(try await b.frames(2) == [Shown.toast("Otto hat verlassen."), Shown.status(1)])
        let probe = try await b.ask(#"["auth","Bea"]"#)
        #expect(probe.before == [Shown.toast("Bea ist beigetreten.")])
        #expect(try await stack.list("online_users", "name") == [[.string("Bea")]])
      }
    }

    @Test func `livecounter 7.20: of 400 clicks at once a burst counts, and others are not concerned`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let b = try await CounterClient.settled(stack)
        let began = ContinuousClock.now
        for _ in 0..<400 { a.click(#""user":"Anna""#) }
        let refused = try await a.ask(#"["click",{"user":"Anna"}]"#)
        let shown = refused.before.filter { $0.hasPrefix(#"42["click""#) }.count
        // A burst, and thirty for each second that it took.
        let seconds = Int((ContinuousClock.now - began) / .seconds(1)) + 1
        #expect((120...120 + 30 * seconds).contains(shown))
        #expect(refused.reply == #"[{"error":"rate_limited"}]"#)
        #expect(try await b.ask(#"["click",{"user":"Bea"}]"#).reply == "[]")
        #expect(try await stack.stat("click_count_total") == shown + 1)
      }
    }

    @Test func `a client that floods for seconds is cut off`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let b = try await CounterClient.settled(stack)
        let flood = onLoop {
          while a.socket.closeCode == nil {
            for _ in 0..<30 { a.send(#"42["dance"]"#) }
            try? await pause(for: .milliseconds(50))
          }
        }
        let began = ContinuousClock.now
        _ = try await a.socket.closed(within: .seconds(15))
        #expect(.now - began > .seconds(3))
        await flood.value
        #expect(try await b.frame() == Shown.status(1))
      }
    }

    @Test func `with a grace, a phone that comes back is no news`() async throws {
      try await withCounter(["CARILLON_LIVE_TOAST_GRACE": "10s"]) { stack in
        let b = try await CounterClient.settled(stack)
        let a = try await CounterClient.settled(stack)
        a.name("Otto")
        #expect(try await b.frames(2).last == Shown.toast("Otto ist beigetreten."))
        a.close()
        #expect(try await b.frame() == Shown.status(1))
        let again = try await CounterClient.settled(stack)
        #expect(try await again.ask(#"["auth","Otto"]"#).before == [])
        #expect(try await b.frame() == Shown.status(2))
      }
    }
  }
}
