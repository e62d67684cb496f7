import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// The counter over HTTP polling, as the old front end begins (livecounter.md 7.23, socketio.md 4).
  @Suite @LoopActor struct LivePollingTests {
    private let path = "/api/socket.io/?EIO=3&transport=polling"

    private func open(_ stack: Stack) async throws -> (sid: String, text: String) {
      let reply = try await stack.client().get(path)
      #expect(reply.status == 200)
      let sid = try #require(reply.text.firstMatch(of: /"sid":"([^"]+)"/)?.1)
      return (String(sid), reply.text)
    }

    @Test func `the handshake's body holds the connect packet`() async throws {
      try await withCounter { stack in
        let (sid, text) = try await open(stack)
        #expect(text.hasSuffix("2:40"))
        #expect(text.contains(#""upgrades":["websocket"]"#))
        let first = try await stack.client().get("\(path)&sid=\(sid)").text
        #expect(first.contains(Shown.stats(0)))
      }
    }

    @Test func `livecounter 7.23: a packet behind one with an emoji takes effect`() async throws {
      try await withCounter { stack in
        let (sid, _) = try await open(stack)
        let packets = [#"42["auth","A😀"]"#, #"42["click",{"user":"A😀","comment":"€"}]"#]
        let body = packets.map { "\($0.utf16.count):\($0)" }.joined()
        let reply = try await stack.client()
          .send(
            "POST",
            "\(path)&sid=\(sid)",
            headers: [("Content-Type", "text/plain;charset=UTF-8")],
            body: Array(body.utf8)
          )
        #expect(reply.status == 200 && reply.text == "ok")
        var seen = ""
        while !seen.contains(#"42["click""#) { seen += try await stack.client().get("\(path)&sid=\(sid)").text }
        #expect(seen.contains("A😀 ist beigetreten."))
        #expect(try await stack.list("latest_clicks", "user", "comment") == [[.string("A😀"), .string("€")]])
      }
    }

    @Test(arguments: [
      ("GET", "?EIO=2&transport=polling", 400, 5), ("GET", "?EIO=3", 400, 0),
      ("POST", "?EIO=3&transport=polling", 400, 2),
      ("GET", "?EIO=3&transport=polling&sid=nobody", 400, 1), ("GET", "?EIO=4&transport=websocket", 400, 3),
    ])
    func `a request that cannot be is refused by its code`(method: String, query: String, status: Int, code: Int)
      async throws
    {
      try await withCounter { stack in
        let reply = try await stack.client().send(
          method,
          "/api/socket.io/\(query)",
          body: method == "POST" ? [0x31] : nil
        )
        #expect(reply.status == status)
        #expect(try reply.json().object?["code"]?.number?.int == code)
      }
    }

    @Test func `a body above the limit is refused`() async throws {
      try await withCounter { stack in
        let (sid, _) = try await open(stack)
        let body = [UInt8](repeating: 0x78, count: 100_001)
        let reply = try await stack.client().send("POST", "\(path)&sid=\(sid)", body: body)
        #expect(reply.status == 413 && reply.body == [])
      }
    }

    @Test func `a page of another origin is refused`() async throws {
      try await withCounter { stack in
        let foreign = try await stack.client().get(path, headers: [("Origin", "https://evil.example")])
        #expect(foreign.status == 403)
        let own = try await stack.client().get(path, headers: [("Origin", "http://127.0.0.1:\(stack.httpPort)")])
        #expect(own.status == 200)
      }
    }
  }
}
