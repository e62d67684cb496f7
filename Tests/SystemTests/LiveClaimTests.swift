import JSON
import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 6, rows 1 and 15: names that belong to somebody, where the operator allows it.
  @Suite @LoopActor struct LiveClaimTests {
    private func claim(_ stack: Stack, _ name: String) async throws -> HTTPReply {
      try await stack.client().post("/api/names", json: #"{"name":"\#(name)"}"#)
    }

    @Test func `a claimed name is used by its owner alone, and forgotten at the owner's wish`() async throws {
      try await withCounter(["CARILLON_LIVE_NAME_CLAIMS": "on"]) { stack in
        let claimed = try await claim(stack, "Ann")
        #expect(claimed.status == 201)
        let token = try #require(try claimed.json().object?["token"]?.string)
        let second = try await claim(stack, " Ann ")
        #expect(second.status == 409 && second.text == #"{"error":"name_taken"}"#)
        let a = try await CounterClient.settled(stack)
        #expect(try await a.ask(#"["auth","Ann"]"#).reply == #"[{"error":"name_taken"}]"#)
        #expect(try await a.ask(#"["auth","Ann","\#(token)"]"#).reply == "[]")
        #expect(try await a.ask(#"["click",{"user":"Ann","comment":"mine"}]"#).reply == "[]")
        try await stack.restart(.live)
        try await a.frame(beginning: #"42["stats""#)
        #expect(try await a.ask(#"["click",{"user":"Ann"}]"#).reply == "[]")
        let other = try await CounterClient.settled(stack)
        #expect(try await other.ask(#"["click",{"user":"Ann"}]"#).reply == #"[{"error":"name_taken"}]"#)
        let wrong = try await stack.client([("Authorization", "Bearer x")]).send("DELETE", "/api/names/Ann")
        #expect(wrong.status == 401)
        let gone = try await stack.client([("Authorization", "Bearer \(token)")]).send("DELETE", "/api/names/Ann")
        #expect(gone.status == 200)
        #expect(try await stack.list("users", "name", "click_count") == [[.string("Gast"), .number(JSONNumber(2))]])
        #expect(try await stack.list("latest_clicks", "user", "comment").allSatisfy { $0 == [.string("Gast"), .null] })
        #expect(try await claim(stack, "Ann").status == 201)
      }
    }

    @Test func `the guests' name is everybody's`() async throws {
      try await withCounter(["CARILLON_LIVE_NAME_CLAIMS": "on"]) { stack in
        #expect(try await claim(stack, "Gast").status == 400)
        let long = try await claim(stack, "sixteen letters.")
        #expect(long.status == 400 && long.text == #"{"error":"invalid name"}"#)
        #expect(try await stack.client([("Authorization", "Bearer x")]).send("DELETE", "/api/names/Bob").status == 404)
      }
    }

    @Test func `names cannot be claimed unless the operator allows it`() async throws {
      try await withCounter { stack in
        let reply = try await claim(stack, "Ann")
        #expect(reply.status == 403 && reply.text == #"{"error":"forbidden"}"#)
      }
    }
  }
}
