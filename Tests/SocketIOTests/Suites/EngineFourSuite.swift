import JSON
import Kit
import Loop
import Testing
import WebSocket

private let paths = ["/engine.io/", "/socket.io/"]
private let keys: Set = ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]

/// socketio.md 15 A, and the Engine.IO part of C: the official suite's cases against the echo executable.
@LoopActor
struct EngineFourSuite {
  private func client(_ path: String = "/engine.io/") async throws -> EngineClient { try await EngineClient(path, 4) }

  @Test(arguments: paths) func `A1 C1: a poll opens a session`(path: String) async throws {
    let reply = try await client(path).get()
    #expect(reply.status == 200)
    #expect(reply.header("content-type") == "text/plain; charset=UTF-8")
    #expect(reply.header("cache-control") == "no-store")
    let open = try openPacket(reply.text)
    #expect(open.names == keys)
    #expect(open["sid"]?.string?.utf8.count == 20)
    #expect(open["upgrades"] == .array([.string("websocket")]))
    #expect(open["pingInterval"]?.number?.int == 300)
    #expect(open["pingTimeout"]?.number?.int == 200)
    #expect(open["maxPayload"]?.number?.int == 1_000_000)
  }

  @Test(arguments: paths, ["", "&EIO=abc"])
  func `A2 C2: a poll without a known revision is refused`(path: String, revision: String) async throws {
    let reply = try await client(path).send("GET", query: "transport=polling\(revision)")
    #expect(reply.status == 400)
    #expect(reply.text == #"{"code":5,"message":"Unsupported protocol version"}"#)
  }

  @Test(arguments: paths, ["", "&transport=abc", "&transport=__proto__"])
  func `A3 C3: a poll without a known transport is refused`(path: String, transport: String) async throws {
    let reply = try await client(path).send("GET", query: "EIO=4\(transport)")
    #expect(reply.status == 400)
    #expect(reply.text == #"{"code":0,"message":"Transport unknown"}"#)
  }

  @Test(arguments: paths, ["POST", "PUT"])
  func `A4 C4: a session begins with GET only`(path: String, method: String) async throws {
    let reply = try await client(path).send(method, query: "EIO=4&transport=polling", body: "")
    #expect(reply.status == 400)
    #expect(reply.text == #"{"code":2,"message":"Bad handshake method"}"#)
  }

  @Test(arguments: paths) func `A5 C5: a WebSocket opens a session`(path: String) async throws {
    let socket = try await client(path).socket()
    let open = try openPacket(try await socket.text())
    #expect(open.names == keys)
    #expect(open["upgrades"] == .array([]))
    socket.close()
  }

  @Test(arguments: paths, ["", "&EIO=abc"])
  func `A6 C6: a WebSocket without a known revision is refused`(path: String, revision: String) async throws {
    #expect(try await client(path).refusesSocket(query: "transport=websocket\(revision)"))
  }

  @Test(arguments: paths, ["", "&transport=abc"])
  func `A7 C7: a WebSocket without a known transport is refused`(path: String, transport: String) async throws {
    #expect(try await client(path).refusesSocket(query: "EIO=4\(transport)"))
  }

  @Test(arguments: ["4hello", "4test1\u{1e}4test2\u{1e}4test3", "4hello\u{1e}bAQIDBA=="])
  func `A8 A9 A10: packets posted come back with the next poll`(body: String) async throws {
    let client = try await client()
    let sid = try await client.open()
    let posted = try await client.post(sid, body)
    #expect(posted.status == 200)
    #expect(posted.text == "ok")
    #expect(try await client.get(sid).text == body)
  }

  @Test func `A11: a packet that is none ends a polling session`() async throws {
    let client = try await client()
    let sid = try await client.open()
    #expect(try await client.post(sid, "abc").status == 400)
    let after = try await client.get(sid)
    #expect(after.status == 400)
    #expect(after.text == #"{"code":1,"message":"Session ID unknown"}"#)
  }

  @Test func `A12: two polls at once end the session`() async throws {
    let client = try await client()
    let sid = try await client.open()
    async let first = client.get(sid)
    async let second = client.get(sid)
    let replies = try await [first, second].sorted { $0.status < $1.status }
    #expect(replies.map(\.status) == [200, 400])
    #expect(replies[0].text == "1")
    #expect(try await client.get(sid).status == 400)
  }

  @Test func `A13 A14: messages over WebSocket come back as they were`() async throws {
    let socket = try await client().openSocket()
    socket.send(text: "4hello")
    #expect(try await socket.text() == "4hello")
    socket.send(binary: [1, 2, 3, 4])
    #expect(try await socket.binary() == [1, 2, 3, 4])
    socket.close()
  }

  @Test func `A15: a packet that is none closes a WebSocket`() async throws {
    let socket = try await client().openSocket()
    socket.send(text: "abc")
    try await socket.closed()
  }

  @Test(arguments: paths) func `A16 C8: the server pings a client that polls`(path: String) async throws {
    let client = try await client(path)
    let sid = try await client.open()
    for _ in 0..<3 {
      #expect(try await client.get(sid).text == "2")
      #expect(try await client.post(sid, "3").status == 200)
    }
  }

  @Test(arguments: paths) func `A17 C9: who polls and does not answer pings is forgotten`(path: String) async throws {
    let client = try await client(path)
    let sid = try await client.open()
    #expect(try await client.get(sid).text == "2")
    // The session's end answers the poll that waits for it; one that comes later finds no session.
    let last = try await client.get(sid)
    #expect(last.text == "1" || last.status == 400)
    #expect(try await client.get(sid).status == 400)
  }

  @Test(arguments: paths) func `A18 C10: the server pings over WebSocket`(path: String) async throws {
    let socket = try await client(path).openSocket()
    for _ in 0..<3 {
      #expect(try await socket.text() == "2")
      socket.send(text: "3")
    }
    socket.close()
  }

  @Test(arguments: paths) func `A19 C11: a WebSocket that does not answer pings is closed`(path: String) async throws {
    let socket = try await client(path).openSocket()
    let code = try await socket.closed(within: .seconds(2))
    #expect(code == .normal)
    #expect(socket.inbox == [.text(Array("2".utf8))])
  }

  @Test(arguments: paths) func `A20 C12: a polling client closes its session`(path: String) async throws {
    let client = try await client(path)
    let sid = try await client.open()
    async let poll = client.get(sid)
    #expect(try await client.post(sid, "1").status == 200)
    // The poll may have come first, or find the session gone.
    let reply = try await poll
    #expect(reply.text == "6" || reply.status == 400)
    #expect(try await client.get(sid).status == 400)
  }

  @Test(arguments: paths) func `A21 C13: a WebSocket client closes its session`(path: String) async throws {
    let socket = try await client(path).openSocket()
    socket.send(text: "1")
    try await socket.closed()
  }

  @Test(arguments: paths) func `A22 C14: a session moves from polling to WebSocket`(path: String) async throws {
    let client = try await client(path)
    let sid = try await client.open()
    let socket = try await client.socket(sid)
    socket.send(text: "2probe")
    #expect(try await socket.text() == "3probe")
    #expect(try await client.get(sid).text.hasSuffix("6"))
    socket.send(text: "5")
    guard path == "/engine.io/" else { return socket.close() }
    socket.send(text: "4hello")
    #expect(try await socket.text() == "4hello")
    socket.close()
  }

  @Test(arguments: paths) func `A23 C15: polls after an upgrade are refused`(path: String) async throws {
    let client = try await client(path)
    let sid = try await client.open()
    let socket = try await client.socket(sid)
    socket.send(text: "2probe")
    socket.send(text: "5")
    #expect(try await socket.text() == "3probe")
    let poll = try await client.get(sid)
    #expect(poll.status == 400)
    #expect(poll.text == #"{"code":3,"message":"Bad request"}"#)
    guard path == "/engine.io/" else { return socket.close() }
    socket.send(text: "4hello")
    #expect(try await socket.text() == "4hello")
    socket.close()
  }

  @Test(arguments: paths) func `A24 C16: a second WebSocket after an upgrade is closed`(path: String) async throws {
    let client = try await client(path)
    let sid = try await client.open()
    let socket = try await client.socket(sid)
    socket.send(text: "2probe")
    socket.send(text: "5")
    #expect(try await socket.text() == "3probe")
    try await client.socket(sid).closed()
    guard path == "/engine.io/" else { return socket.close() }
    socket.send(text: "4hello")
    #expect(try await socket.text() == "4hello")
    socket.close()
  }
}
