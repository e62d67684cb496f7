import JSON
import Kit
import Loop
import Testing
import WebSocket

@testable import SocketIO

@LoopActor
struct ServerTests {
  @Test func `a stop closes every transport so that clients come back, and says no 41`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let socket = try await site.joined4()
    let query = try await site.poller4()
    async let poll = site.get(query)
    async let idle = site.poller3()
    _ = try await idle
    site.sockets.stop()
    let refused = try await poll
    #expect(refused.status == 503)
    #expect(refused.text == #"{"code":4,"message":"Shutting down"}"#)
    #expect(try await site.socket("EIO=4").closed() == .goingAway)
    #expect(try await socket.closed() == .goingAway)
    #expect(socket.inbox.isEmpty)
    #expect(site.log.filter { $0 == "left: forced close" }.count == 3)
    #expect(try await site.get("EIO=4").status == 503)
    await site.end()
  }

  @Test func `handshakes of one address are limited`() async throws {
    let site = try SocketIOSite { $0.handshakesPerMinute = 2 }
    var statuses: [Int] = []
    for _ in 0..<3 { statuses.append(try await site.get("EIO=4").status) }
    // A new minute may begin between them.
    #expect(statuses == [200, 200, 429] || statuses == [200, 200, 200])
    await site.end()
  }

  @Test func `an allowed page gets CORS headers on every answer, another one is refused`() async throws {
    let site = try SocketIOSite { $0.origins = .allow(["https://app.example"]) }
    let origin = ("Origin", "https://app.example")
    for query in ["EIO=4", "EIO=9"] {
      let reply = try await site.get(query, headers: [origin])
      #expect(reply.header("access-control-allow-origin") == "https://app.example")
      #expect(reply.header("access-control-allow-credentials") == "true")
      #expect(reply.header("vary") == "Origin")
    }
    let client = TestClient(port: site.port)
    let preflight = try await client.send("OPTIONS", "/socket.io/?EIO=4&transport=polling", headers: [origin])
    #expect(preflight.status == 204)
    #expect(preflight.header("access-control-allow-methods") == "GET, POST")
    let foreign = try await site.get("EIO=4", headers: [("Origin", "https://evil.example")])
    #expect(foreign.status == 403)
    #expect(foreign.header("access-control-allow-origin") == nil)
    await site.end()
  }

  @Test func `without CORS a preflight is a bad method, and a foreign page gets no WebSocket`() async throws {
    let site = try SocketIOSite()
    let reply = try await TestClient(port: site.port).send("OPTIONS", "/socket.io/?EIO=4&transport=polling")
    #expect(reply.status == 400)
    #expect(reply.text == #"{"code":2,"message":"Bad handshake method"}"#)
    do {
      let path = "/socket.io/?EIO=4&transport=websocket"
      _ = try await WebSocketClient(port: site.port, path: path, headers: [("Origin", "https://evil.example")])
      Issue.record("a foreign page was let in")
    } catch let refused as WebSocketClient.Refused {
      #expect(refused.reply.status == 403)
      #expect(refused.reply.text == "Forbidden")
    }
    await site.end()
  }

  @Test func `the cookie comes with the handshake alone`() async throws {
    let site = try SocketIOSite { $0.setsCookie = true }
    let reply = try await site.get("EIO=4")
    let sid = try #require(try openPacket(reply.text)["sid"]?.string)
    #expect(reply.header("set-cookie") == "io=\(sid); Path=/; HttpOnly; SameSite=Lax")
    #expect(try await site.post("EIO=4&sid=\(sid)", "40").header("set-cookie") == nil)
    await site.end()
  }

  @Test func `long polling answers are compressed for who takes it`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let query = try await site.poller4()
    let gzip = ("Accept-Encoding", "deflate, gzip")
    for length in [1000, 2000, 100_000] {
      site.sockets.namespace().broadcast("n", [json("\"" + String(repeating: "x", count: length) + "\"")])
      let reply = try await site.get(query, headers: [gzip])
      #expect((reply.header("content-encoding") == "gzip") == (length > 1024))
      #expect(reply.body.starts(with: [0x1F, 0x8B]) == (length > 1024))
      #expect(reply.body.count <= 1024)
    }
    site.sockets.namespace().broadcast("n", [json("\"" + String(repeating: "x", count: 2000) + "\"")])
    #expect(try await site.get(query).body.count > 2000)
    await site.end()
  }

  @Test func `a body or a message beyond the limit is refused`() async throws {
    let site = try SocketIOSite { $0.maximumPayload = 1000 }
    site.watchRoot()
    let query = try await site.poller4()
    let long = try await site.post(query, "4" + String(repeating: "x", count: 1000))
    #expect(long.status == 413)
    #expect(long.body.isEmpty)
    let socket = try await site.joined4()
    socket.send(text: String(repeating: "x", count: 1001))
    #expect(try await socket.closed() == .tooBig)
    try await site.noted("left: transport error")
    await site.end()
  }

  @Test func `a POST beside another one is refused, and the session ends`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let query = try await site.poller4()
    let head = "POST /socket.io/?transport=polling&\(query) HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n"
    let first = try await RawConnection(port: site.port)
    first.send(head + #"42["a"#)
    // Nobody is told when the server has seen the head of the first; until then the others are alone.
    while site.sockets.sessionCount > 0, try await site.post(query, #"42["b"]"#).status == 200 {}
    try await site.noted("left: transport error")
    #expect(try await site.get(query).text == #"{"code":1,"message":"Session ID unknown"}"#)
    first.send(#""]     "#)
    #expect(try await first.reply().status == 400)
    first.close()
    await site.end()
  }

  @Test func `a POST that never came whole stands in nobody's way`() async throws {
    let site = try SocketIOSite { $0.maximumPayload = 100 }
    site.watchRoot()
    let query = try await site.poller4()
    #expect(try await site.post(query, String(repeating: "4", count: 101)).status == 413)
    #expect(try await site.post(query, #"42["a"]"#).text == "ok")
    try await site.noted("a")
    await site.end()
  }

  @Test func `too many packets in one body end the session`() async throws {
    let site = try SocketIOSite { $0.maximumPackets = 3 }
    site.watchRoot()
    let query = try await site.poller4()
    let pongs = Array(repeating: "3", count: 4).joined(separator: "\u{1e}")
    #expect(try await site.post(query, pongs).status == 400)
    #expect(try await site.get(query).text == #"{"code":1,"message":"Session ID unknown"}"#)
    await site.end()
  }

  @Test func `a binary body is for revision 3 alone`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let client = TestClient(port: site.port, headers: [("Content-Type", "application/octet-stream")])
    let three = try await site.poller3()
    let body: [UInt8] = [0, 9, 255] + Array(#"42["yes"]"#.utf8)
    let target = "/socket.io/?transport=polling&"
    #expect(try await client.send("POST", target + three, body: body).text == "ok")
    try await site.noted("yes")
    let four = try await site.poller4()
    #expect(try await client.send("POST", target + four, body: body).status == 400)
    #expect(try await site.get(four).status == 400)
    await site.end()
  }

  @Test func `events that a browser of version 2 sends while it upgrades arrive in order`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let query = try await site.poller3()
    let socket = try await site.socket(query)
    async let poll = site.get(query)
    #expect(try await site.post(query, #"11:42["a","x"]11:42["b","x"]"#).text == "ok")
    socket.send(text: "2probe")
    #expect(try await socket.text() == "3probe")
    #expect(try await poll.text == "1:6")
    socket.send(text: "5")
    socket.send(text: #"42["c","x"]"#)
    try await site.noted("c")
    #expect(site.log == ["joined", "a", "b", "c"])
    site.sockets.namespace().broadcast("n", [])
    #expect(try await socket.text() == #"42["n"]"#)
    #expect(site.events.contains(.sessionUpgraded))
    socket.close()
    await site.end()
  }

  @Test(arguments: ["/socket%2eio/", "/%73ocket.io", "/socket.io%2F"])
  func `the path is compared decoded`(path: String) {
    #expect(SocketIOServer(EngineSettings()).serves(path: path))
  }

  @Test func `the path is served with and without its last slash`() {
    let server = SocketIOServer(EngineSettings())
    #expect(server.serves(path: "/socket.io/"))
    #expect(server.serves(path: "/socket.io"))
    #expect(!server.serves(path: "/socket.io/x"))
    #expect(!server.serves(path: "/socket.iox"))
    #expect(!server.serves(path: "/socket%2"))
  }
}
