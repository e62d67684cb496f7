import Glibc
import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 8: messages of the operator, and the counter as server-sent events.
  @Suite @LoopActor struct LiveOperatorTests {
    private func withOperator(_ body: @LoopActor (Stack) async throws -> Void) async throws {
      let folder = try ScratchFolder("operator")
      defer { folder.remove() }
      let token = try folder.write("the operator's own\n", as: "token")
      try await withCounter(["CARILLON_LIVE_OPERATOR_TOKEN_FILE": token], body)
    }

    private let bearer = ("Authorization", "Bearer the operator's own")

    @Test func `the operator's message is shown to all`() async throws {
      try await withOperator { stack in
        let a = try await CounterClient.settled(stack)
        let sent = try await stack.client([bearer])
          .post("/api/messages", json: #"{"text":" Feierabend! ","style":"big green","type":"popup"}"#)
        #expect(sent.status == 200 && sent.text == "{}")
        #expect(try await a.frame() == #"42["message",{"text":"Feierabend!","style":"big green","type":"popup"}]"#)
        #expect(try await stack.client([bearer]).post("/api/messages", json: #"{"text":"x"}"#).status == 200)
        #expect(try await a.frame() == #"42["message",{"text":"x","style":null,"type":"toast"}]"#)
      }
    }

    @Test(arguments: [
      (#"{}"#, "text required"), (#"{"text":"  "}"#, "invalid text"), (#"{"text":5}"#, "invalid text"),
      (#"{"text":"x","style":"wrapper"}"#, "invalid style"), (#"{"text":"x","type":"alert"}"#, "invalid type"),
      (#"[]"#, "invalid body"), (#"{"text":"\#(String(repeating: "x", count: 301))"}"#, "invalid text"),
    ])
    func `a message that cannot be is refused`(body: String, error: String) async throws {
      try await withOperator { stack in
        let reply = try await stack.client([bearer]).post("/api/messages", json: body)
        #expect(reply.status == 400)
        #expect(reply.text == #"{"error":"\#(error)"}"#)
      }
    }

    @Test(arguments: ["Bearer the operator's", "Basic x", "Bearer "])
    func `nobody else may send one`(header: String) async throws {
      try await withOperator { stack in
        let reply = try await stack.client([("Authorization", header)]).post("/api/messages", json: #"{"text":"x"}"#)
        #expect(reply.status == 401)
        #expect(try await stack.client().post("/api/messages", json: #"{"text":"x"}"#).status == 401)
      }
    }

    @Test func `the counter can be followed as server-sent events`() async throws {
      try await withCounter { stack in
        let a = try await CounterClient.settled(stack)
        let stream = try await RawConnection(port: stack.httpPort)
        defer { stream.close() }
        stream.send("GET /api/live HTTP/1.1\r\nHost: x\r\n\r\n")
        func event() async throws -> String {
          try await stream.take("event") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let match = text.firstMatch(of: /event: [^\n]+\ndata: [^\n]+\n\n/) else { return nil }
            return (String(match.output), text[..<match.range.upperBound].utf8.count)
          }
        }
        #expect(try await event().hasPrefix("event: stats\ndata: {\"click_count_total\":0,"))
        #expect(try await event() == "event: status\ndata: {\"user_count\":1}\n\n")
        a.click(#""user":"Ann","comment":"oh""#)
        #expect(try await event().contains("Ann ist beigetreten."))
        #expect(try await event().hasPrefix("event: click\ndata: {\"user\":\"Ann\",\"comment\":\"oh\","))
        #expect(try await stack.list("online_users").count == 1)
      }
    }
  }
}
