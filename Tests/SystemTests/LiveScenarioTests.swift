import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 7 over real sockets: who is told what, and in which order.
  @Suite @LoopActor struct LiveScenarioTests {
    @Test func `livecounter 7.2: a newcomer gets stats and status, the others the status`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.connect(stack)
        #expect(try await a.frames(2) == [Shown.stats(0), Shown.status(1)])
        let b = try await CounterClient.connect(stack)
        #expect(try await b.frames(2) == [Shown.stats(0), Shown.status(2)])
        #expect(try await a.frame() == Shown.status(2))
      }
    }

    @Test func `livecounter 7.3: clients of both generations see the same`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let c = try await CounterClient.connect(stack, .four)
        #expect(try await c.frames(2) == [Shown.stats(0), Shown.status(2)])
        #expect(try await a.frame() == Shown.status(2))
        for (sender, name) in [(a, "Ann"), (c, "Cid")] {
          sender.click(#""user":"\#(name)","comment":"hé \"😀\"""#)
          let seen = try await (a.frames(2), c.frames(2))
          #expect(seen.0 == seen.1)
          #expect(seen.0[0] == Shown.toast("\(name) ist beigetreten."))
          #expect(try Shown.object(seen.0[1])["comment"]?.string == "hé \"😀\"")
        }
      }
    }

    @Test func `livecounter 7.4, 7.5: names join and change, told once to all`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let b = try await CounterClient.settled(stack)
        _ = try await a.frame()
        a.name("  Ann ")
        #expect(try await a.frame() == Shown.toast("Ann ist beigetreten."))
        #expect(try await b.frame() == Shown.toast("Ann ist beigetreten."))
        let again = try await a.ask(#"["auth","Ann"]"#)
        #expect(again.before == [] && again.reply == "[]")
        a.name("Anna")
        #expect(try await b.frame() == Shown.toast("Ann hat sich umbenannt zu Anna."))
        _ = try await a.frame()
        let keys = ["click_count", "event_count", "click_count_session", "event_count_session"]
        let online = try await stack.list("online_users")
        #expect(online.map { $0.object?["name"] } == [.string("Anna"), .null])
        #expect(online.allSatisfy { user in keys.allSatisfy { user.object?[$0]?.number?.int == 0 } })
      }
    }

    @Test func `livecounter 7.6: a click is shown to all and counted`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let b = try await CounterClient.settled(stack)
        _ = try await a.frame()
        a.name("Anna")
        _ = try await (a.frame(), b.frame())
        a.click(#""user":"Anna","comment":"","style":" ""#)
        let seen = try await a.frame()
        #expect(try await b.frame() == seen)
        let click = try Shown.object(seen)
        #expect(click.members.map(\.name) == ["user", "comment", "style", "timestamp"])
        #expect(click["comment"] == .null && click["style"] == .null)
        let now = try await stack.list("latest_hours").last?.object?["timestamp"]?.number?.int ?? 0
        #expect((now...now + 3602).contains(click["timestamp"]?.number?.int ?? 0))
        for counter in ["total", "today", "hour"] { #expect(try await stack.stat("click_count_\(counter)") == 1) }
        #expect(
          try await stack.client().get("/api/users").text == #"[{"name":"Anna","click_count":1,"event_count":0}]"#
        )
        #expect(try await stack.list("latest_clicks") == [.object(click)])
      }
    }

    @Test func `livecounter 7.7: comment and style may be missing or null`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        a.click(#""user":"Anna""#)
        _ = try await a.frame()
        a.click(#""user":"Anna","comment":null,"style":null"#)
        for frame in try await a.frames(2) {
          let click = try Shown.object(frame)
          #expect(click["comment"] == .null && click["style"] == .null)
        }
        #expect(try await stack.stat("click_count_total") == 2)
      }
    }

    @Test func `livecounter 7.8: what cannot be a name changes nothing, and the connection stays`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        for user in [#""user":"""#, #""user":"   ""#, #""user":5"#, ""] { a.click(user) }
        a.send(#"42["auth",5]"#)
        a.send(#"42["auth",""]"#)
        a.send(#"42["auth"]"#)
        a.send(#"42["click"]"#)
        a.send(#"42["click","x",7]"#)
        let probe = try await a.ask(#"["click",{"user":16}]"#)
        #expect(probe.before == [] && probe.reply == #"[{"error":"invalid_user"}]"#)
        a.send("2")
        #expect(try await a.socket.text() == "3")
        #expect(try await stack.stat("click_count_total") == 0)
      }
    }

    @Test func `livecounter 7.9: a click under another name renames first`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        a.name("Anna")
        _ = try await a.frame()
        a.click(#""user":"Otto""#)
        let seen = try await a.frames(2)
        #expect(seen[0] == Shown.toast("Anna hat sich umbenannt zu Otto."))
        #expect(seen[1].hasPrefix(#"42["click",{"user":"Otto""#))
      }
    }

    @Test func `livecounter 7.10: lengths are counted in UTF-16 units`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let (n15, n16) = (String(repeating: "😀", count: 7) + "x", String(repeating: "😀", count: 8))
        let (c75, c76) = (String(repeating: "😀", count: 37) + "x", String(repeating: "😀", count: 38))
        #expect(try await a.ask(#"["click",{"user":"\#(n15)","comment":"\#(c75)"}]"#).reply == "[]")
        #expect(
          try await a.ask(#"["click",{"user":"\#(n15)","comment":"\#(c76)"}]"#).reply == Self.error("invalid_comment")
        )
        #expect(try await a.ask(#"["click",{"user":"\#(n16)"}]"#).reply == Self.error("invalid_user"))
        #expect(try await stack.stat("click_count_total") == 1)
      }
    }

    @Test(arguments: [
      ("fire green wrapper", JSONValue.string("fire green")), ("x y", .null), ("green fire", .string("green fire")),
    ])
    func `livecounter 7.11: a style keeps the words that pages know`(style: String, kept: JSONValue) async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        a.click(#""user":"Anna","style":"\#(style)""#)
        #expect(try Shown.object(await a.frame(beginning: #"42["click""#))["style"] == kept)
      }
    }

    @Test func `livecounter 7.12: a hundred clicks make two milestones`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        a.name("Anna")
        _ = try await a.frame()
        for number in 1...100 { a.click(#""user":"Anna","comment":"\#(number)""#) }
        let seen = try await a.frames(102)
        #expect(seen[49] == Shown.toast("Anna erreicht 50 Klicks!"))
        #expect(seen[100] == Shown.toast("Anna erreicht 100 Klicks!"))
        let comments = try seen.filter { $0.hasPrefix(#"42["click""#) }.map { try Shown.object($0)["comment"]?.string }
        #expect(comments == (1...100).map { String($0) })
      }
    }

    @Test func `livecounter 7.13: an event is announced, shown and listed`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        a.name("Anna")
        _ = try await a.frame()
        a.send(#"42["event",{"user":"Anna","name":"einstein"}]"#)
        let seen = try await a.frames(2)
        #expect(seen[0] == Shown.toast("Anna triggered einstein!"))
        #expect(seen[1].hasPrefix(#"42["event",{"user":"Anna","name":"einstein","timestamp":"#))
        #expect(try await stack.list("latest_events") == [.object(try Shown.object(seen[1]))])
        #expect(try await stack.list("users", "event_count") == [[.number(JSONNumber(1))]])
        #expect(try await stack.stat("event_count_today") == 1)
      }
    }

    @Test func `livecounter 7.14: events off the list are refused`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        for name in ["nonsense", "constructor", "__proto__"] {
          let asked = try await a.ask(#"["event",{"user":"Anna","name":"\#(name)"}]"#)
          #expect(asked.before == [] && asked.reply == Self.error("unknown_event"))
        }
        let asked = try await a.ask(#"["event",{"user":"Anna","name":"rickroll"}]"#)
        #expect(asked.before == [] && asked.reply == Self.error("event_disabled"))
        #expect(try await stack.stat("event_count_total") == 0)
      }
    }

    @Test func `livecounter 7.14: an unlisted event that is allowed is only shown`() async throws {
      try await withCounter(["CARILLON_LIVE_UNLISTED_EVENTS": "on"]) { stack in
        let a = try await CounterClient.settled(stack)
        a.name("Anna")
        _ = try await a.frame()
        let asked = try await a.ask(#"["event",{"user":"Anna","name":"rickroll"}]"#)
        #expect(asked.before.count == 1 && asked.before[0].hasPrefix(#"42["event",{"user":"Anna","name":"rickroll""#))
        #expect(try await stack.stat("event_count_today") == 1)
        #expect(try await stack.list("latest_events") == [])
        let second = try await a.ask(#"["event",{"user":"Anna","name":"exmatrikulieren"}]"#)
        #expect(second.before == [] && second.reply == Self.error("rate_limited"))
      }
    }

    @Test func `livecounter 7.15: a click that counts is acknowledged with nothing, behind its showing`() async throws {
      try await withCounter { stack in
        for generation in [CounterClient.Generation.three, .four] {
          let client = try await CounterClient.settled(stack, generation)
          let asked = try await client.ask(#"["click",{"user":"Anna"}]"#)
          #expect(asked.reply == "[]")
          #expect(asked.before.last?.hasPrefix(#"42["click""#) == true)
        }
      }
    }

    @Test func `livecounter 7.21: a comment goes as it is, and into old pages' lists without markup`() async throws {
      try await withCounter(["CARILLON_LEGACY_HTML_SAFE": "on"]) { stack in
        let a = try await CounterClient.settled(stack)
        #expect(try await a.ask(#"["click",{"user":"<img src=x onerror=1>"}]"#).reply == Self.error("invalid_user"))
        let asked = try await a.ask(#"["click",{"user":"Anna","comment":"<b>hi</b>"}]"#)
        #expect(try Shown.object(asked.before.last ?? "")["comment"]?.string == "<b>hi</b>")
        let listed = try await stack.client().get("/api/latest_clicks").text
        #expect(!listed.contains("<") && listed.contains("\u{2039}b\u{203A}hi"))
      }
    }

    @Test func `an event that nobody knows is ignored, and acknowledged to whoever asks`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let asked = try await a.ask(#"["dance",{"user":"Anna"}]"#)
        #expect(asked.before == [] && asked.reply == "[]")
      }
    }

    private static func error(_ word: String) -> String { #"[{"error":"\#(word)"}]"# }
  }
}
