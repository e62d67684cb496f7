import JSON
import Kit
import Loop
import Testing

/// socketio.md 15 B: the official suite's cases for clients of Socket.IO 1 and 2.
@LoopActor
struct EngineThreeSuite {
  private func client(extra: String = "&b64=1") async throws -> EngineClient {
    try await EngineClient("/engine.io/", 3, extra: extra)
  }

  @Test func `B1: a poll opens a session`() async throws {
    let reply = try await client().get()
    #expect(reply.status == 200)
    let parts = reply.text.split(separator: ":", maxSplits: 1)
    #expect(Int(parts[0]) == parts[1].count)
    let open = try openPacket(String(parts[1]))
    #expect(open["upgrades"] == .array([.string("websocket")]))
    #expect(open["pingInterval"]?.number?.int == 300)
    #expect(open["pingTimeout"]?.number?.int == 200)
    #expect([nil, 1_000_000].contains(open["maxPayload"]?.number?.int))
  }

  @Test(arguments: ["", "&transport=abc"])
  func `B2: a poll without a known transport is refused`(transport: String) async throws {
    #expect(try await client().send("GET", query: "EIO=3\(transport)").status == 400)
  }

  @Test func `B3: a session begins with GET only`() async throws {
    #expect(try await client().send("POST", query: "EIO=3&transport=polling", body: "").status == 400)
  }

  @Test func `B4: a WebSocket opens a session`() async throws {
    let socket = try await client().socket()
    let open = try openPacket(try await socket.text())
    #expect(open["upgrades"] == .array([]))
    #expect([nil, 1_000_000].contains(open["maxPayload"]?.number?.int))
    socket.close()
  }

  @Test(arguments: ["transport=websocket", "transport=websocket&EIO=abc", "EIO=3", "EIO=3&transport=abc"])
  func `B5 B6: a WebSocket without revision or transport is refused`(query: String) async throws {
    #expect(try await client().refusesSocket(query: query))
  }

  @Test(arguments: ["6:4hello", "6:4test16:4test26:4test3", "6:4hello10:b4AQIDBA==", "2:4€3:4😀"])
  func `B7 B8 B9: packets posted come back with the next poll`(body: String) async throws {
    let client = try await client()
    let sid = try await client.open()
    #expect(try await client.post(sid, body).text == "ok")
    #expect(try await client.get(sid).text == body)
  }

  @Test func `B10: blobs go out in the binary form to who takes it`() async throws {
    let client = try await client(extra: "")
    let sid = try await client.open()
    #expect(try await client.post(sid, "6:4hello10:b4AQIDBA==").text == "ok")
    let reply = try await client.get(sid)
    #expect(reply.header("content-type") == "application/octet-stream")
    #expect(reply.body == [0, 6, 255] + Array("4hello".utf8) + [1, 5, 255, 4, 1, 2, 3, 4])
  }

  @Test func `B11: a packet that is none ends a polling session`() async throws {
    let client = try await client()
    let sid = try await client.open()
    #expect(try await client.post(sid, "abc").status == 400)
    #expect(try await client.get(sid).status == 400)
  }

  @Test func `B12: two polls at once end the session`() async throws {
    let client = try await client()
    let sid = try await client.open()
    async let first = client.get(sid)
    async let second = client.get(sid)
    let replies = try await [first, second].sorted { $0.status < $1.status }
    #expect(replies.map(\.status) == [200, 400])
    #expect(replies[0].text == "1:1")
  }

  @Test func `B13 B14: messages over WebSocket come back as they were`() async throws {
    let socket = try await client().openSocket()
    socket.send(text: "4hello")
    #expect(try await socket.text() == "4hello")
    socket.send(binary: [4, 1, 2, 3, 4])
    #expect(try await socket.binary() == [4, 1, 2, 3, 4])
    socket.close()
  }

  @Test func `B15: a packet that is none closes a WebSocket`() async throws {
    let socket = try await client().openSocket()
    socket.send(text: "abc")
    try await socket.closed()
  }

  @Test func `B16: pings of a client that polls are answered`() async throws {
    let client = try await client()
    let sid = try await client.open()
    for _ in 0..<3 {
      #expect(try await client.post(sid, "1:2").status == 200)
      #expect(try await client.get(sid).text == "1:3")
    }
  }

  @Test func `B17: who polls and does not ping is forgotten`() async throws {
    let client = try await client()
    let sid = try await client.open()
    // The session's end answers the poll that waits for it; one that comes later finds no session.
    let last = try await client.get(sid)
    #expect(last.text == "1:1" || last.status == 400)
    #expect(try await client.post(sid, "1:2").status == 400)
  }

  @Test func `B18: pings over WebSocket are answered`() async throws {
    let socket = try await client().openSocket()
    for _ in 0..<3 {
      socket.send(text: "2")
      #expect(try await socket.text() == "3")
    }
    socket.close()
  }

  @Test func `B19: a WebSocket that is silent is closed`() async throws {
    try await client().openSocket().closed(within: .seconds(2))
  }

  @Test func `B20: a polling client closes its session`() async throws {
    let client = try await client()
    let sid = try await client.open()
    async let poll = client.get(sid)
    #expect(try await client.post(sid, "1:1").status == 200)
    let reply = try await poll
    #expect(reply.text == "1:6" || reply.status == 400)
    #expect(try await client.get(sid).status == 400)
  }

  @Test func `B21: a WebSocket client closes its session`() async throws {
    let socket = try await client().openSocket()
    socket.send(text: "1")
    try await socket.closed()
  }

  @Test func `B22: a session moves from polling to WebSocket`() async throws {
    let client = try await client()
    let sid = try await client.open()
    let socket = try await client.socket(sid)
    socket.send(text: "2probe")
    #expect(try await socket.text() == "3probe")
    #expect(try await client.get(sid).text == "1:6")
    socket.send(text: "5")
    socket.send(text: "4hello")
    #expect(try await socket.text() == "4hello")
    socket.close()
  }

  @Test func `B23 B24: after an upgrade polls are refused and second WebSockets closed`() async throws {
    let client = try await client()
    let sid = try await client.open()
    let socket = try await client.socket(sid)
    socket.send(text: "2probe")
    #expect(try await socket.text() == "3probe")
    socket.send(text: "5")
    socket.send(text: "4first")
    #expect(try await socket.text() == "4first")
    #expect(try await client.get(sid).status == 400)
    try await client.socket(sid).closed()
    socket.send(text: "4hello")
    #expect(try await socket.text() == "4hello")
    socket.close()
  }
}
