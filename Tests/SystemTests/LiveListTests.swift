import JSON
import Kit
import Loop
import Settings
import Testing

/// The counter's routes as the statistics page asks for them (livecounter.md 2).
@Suite(.needsDaemons, .stack([.live, .auth, .gateway]), .serialized) @LoopActor struct LiveListTests {
  private func get(_ path: String) async throws -> HTTPReply { try await StackTrait.stack.client().get(path) }

  @Test func `livecounter 7.1: a fresh counter shows zeros and the running hour`() async throws {
    let stats = try await get("/api/current_stats").json().object?.members ?? []
    #expect(
      stats.map(\.name) == [
        "click_count_total", "click_count_today", "click_count_hour", "event_count_total", "event_count_today",
        "event_count_hour",
      ]
    )
    #expect(stats.allSatisfy { $0.value.number?.int == 0 })
    for list in ["users", "online_users", "latest_clicks", "latest_events"] {
      #expect(try await get("/api/\(list)").text == "[]", "\(list)")
    }
    let hours = try await get("/api/latest_hours").json().array ?? []
    #expect(hours.count == 1)
    let hour = try #require(hours.first?.object)
    #expect(hour["timestamp"]?.number?.int.map { $0 % 3600 } == 0)
    #expect(hour.members.dropFirst().map(\.value.number?.int) == [0, 0, 0, 0])
  }

  @Test(arguments: ["/api", "/api/users", "/version.json"])
  func `answers are JSON, to HEAD without a body`(path: String) async throws {
    let reply = try await get(path)
    #expect(reply.status == 200)
    #expect(reply.header("Content-Type") == "application/json; charset=utf-8")
    #expect(reply.header("Content-Security-Policy") == "default-src 'none'")
    let head = try await StackTrait.stack.client().send("HEAD", path)
    #expect(head.status == 200 && head.body.isEmpty)
  }

  @Test func `the version is under a name the page shows as it is`() async throws {
    #expect(try await get("/api").json().object?["version"]?.string?.isEmpty == false)
  }

  @Test(arguments: ["/api/", "/api/nothing", "/api/latest_clicks/more"])
  func `an unknown path is told so in JSON`(path: String) async throws {
    let reply = try await get(path)
    #expect(reply.status == 404)
    #expect(reply.text == #"{"error":"not found"}"#)
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
  func `a wrong method is told so in JSON`(method: String) async throws {
    let reply = try await StackTrait.stack.client().send(method, "/api/users")
    #expect(reply.status == 405)
    #expect(reply.text == #"{"error":"method not allowed"}"#)
    #expect(reply.header("Allow") == "GET, HEAD")
  }

  @Test(arguments: ["limit=0", "limit=", "limit=10001", "limit=x", "limit=-1", "before=x", "limit=5&before=1.5"])
  func `a part that cannot be is refused`(query: String) async throws {
    let reply = try await get("/api/latest_clicks?\(query)")
    #expect(reply.status == 400)
    #expect(try reply.json().object?["error"]?.string?.hasPrefix("invalid ") == true)
  }

  @Test(arguments: ["/api/hours", "/api/hours?from=0&to=99999999999999999", "/api/hours?from=1&to=0"])
  func `hours can be asked for over the whole life`(path: String) async throws {
    let reply = try await get(path)
    #expect(reply.status == 200)
    #expect(try reply.json().array?.count == 1 || path.hasSuffix("to=0"))
  }

  @Test func `nobody is the operator where no token is set`() async throws {
    let reply = try await StackTrait.stack.client([("Authorization", "Bearer x")])
      .post("/api/messages", json: #"{"text":"hello"}"#)
    #expect(reply.status == 401)
    #expect(reply.text == #"{"error":"unauthorized"}"#)
  }
}

@Suite(.needsDaemons) @LoopActor struct LiveAwayTests {
  @Test func `without live its lists are away, and back with it`() async throws {
    try await Stack.with([.live, .auth, .gateway], settings: ["CARILLON_LIVE_CACHE": "0s"], atNoon: true) { stack in
      #expect(try await stack.client().get("/api/users").status == 200)
      stack.kill(.live)
      _ = try await stack.daemon(.live).process.ended()
      let away = try await stack.client().get("/api/users")
      #expect(away.status == 503)
      #expect(away.text == #"{"error":"service unavailable"}"#)
      try await stack.start(.live)
      #expect(try await stack.client().get("/api/users").status == 200)
    }
  }
}
