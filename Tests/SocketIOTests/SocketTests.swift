import JSON
import Kit
import Loop
import Testing

@testable import SocketIO

@LoopActor
struct SocketTests {
  @Test func `events are handled one after the other, and the end after the last`() async throws {
    let site = try SocketIOSite()
    let gate = Change()
    var isOpen = false
    site.watchRoot { _, message in
      guard message.name == "first" else { return }
      _ = try? await gate.until("gate", within: .seconds(10)) { isOpen ? () : nil }
      site.note("first done")
    }
    let socket = try await site.joined4()
    socket.send(text: #"42["first"]"#)
    socket.send(text: #"42["second"]"#)
    socket.close()
    try await site.noted("first")
    isOpen = true
    gate.announce()
    try await site.noted("left: transport close")
    #expect(site.log == ["joined", "first", "first done", "second", "left: transport close"])
    await site.end()
  }

  @Test func `a crowd of events is held up, not lost`() async throws {
    let site = try SocketIOSite()
    var handled = 0
    site.watchRoot { _, message in
      handled += 1
      // Gives way, so that the crowd gathers.
      await Task.yield()
      if message.name == "last" { message.reply([json(String(handled))]) }
    }
    let socket = try await site.joined4()
    for _ in 0..<3000 { socket.send(text: #"42["n"]"#) }
    socket.send(text: #"421["last"]"#)
    #expect(try await socket.text() == "431[3001]")
    for _ in 0..<3000 { socket.send(text: #"42["n"]"#) }
    // Its goodbye comes in one piece with the last of them.
    socket.close()
    try await site.noted("left: transport close")
    #expect(handled == 6001)
    await site.end()
  }

  @Test func `the server asks and the client replies, once`() async throws {
    let site = try SocketIOSite()
    var replies: [[RawJSON]?] = []
    site.watchRoot { socket, message in
      if message.name == "ask" {
        socket.emit("q", []) { reply in
          replies.append(reply?.arguments)
          site.note("replied")
        }
      }
    }
    let socket = try await site.joined4()
    socket.send(text: #"42["ask"]"#)
    #expect(try await socket.text() == #"420["q"]"#)
    socket.send(text: "430[7]")
    socket.send(text: "430[8]")
    socket.send(text: #"42["ask"]"#)
    #expect(try await socket.text() == #"421["q"]"#)
    socket.close()
    try await site.noted("left: transport close")
    #expect(replies == [[json("7")], nil])
    await site.end()
  }

  @Test func `an application refuses a client in the words of its protocol`() async throws {
    let site = try SocketIOSite()
    site.sockets.namespace("/admin").connect = { _, handshake in
      handshake.auth.bytes == Array(#"{"token":"1"}"#.utf8) ? .accept : .refuse(message: "no", data: json("[1]"))
    }
    site.watchRoot()
    let four = try await site.joined4()
    four.send(text: #"40/admin,{"token":"2"}"#)
    #expect(try await four.text() == #"44/admin,{"message":"no","data":[1]}"#)
    four.send(text: #"40/admin,{"token":"1"}"#)
    #expect(try await four.text().hasPrefix("40/admin,{"))
    let three = try await site.joined3()
    three.send(text: "40/admin?token=2,")
    #expect(try await three.text() == #"44/admin,"no""#)
    three.send(text: "40/admin?token=1,")
    #expect(try await three.text() == "40/admin,")
    three.send(text: "40/nowhere")
    #expect(try await three.text() == #"44/nowhere,"Invalid namespace""#)
    four.close()
    three.close()
    await site.end()
  }

  @Test func `a socket in each namespace has an id of its own`() async throws {
    let site = try SocketIOSite()
    var ids: [String] = []
    for name in ["/", "/a"] {
      site.sockets.namespace(name).joined = {
        ids.append($0.id)
        site.note("in \(name)")
      }
    }
    let three = try await site.socket("EIO=3")
    let open = try openPacket(try await three.text())
    three.send(text: "40/a")
    try await site.noted("in /a")
    let sid = try #require(open["sid"]?.string)
    #expect(ids == [sid, "/a#" + sid])
    let four = try await site.joined4()
    #expect(ids.count == 3)
    #expect(!ids[2].contains(sid))
    four.close()
    three.close()
    await site.end()
  }

  @Test func `leaving is told once, with its reason`() async throws {
    let site = try SocketIOSite()
    site.watchRoot { socket, message in
      if message.name == "expel" { socket.disconnect() }
      if message.name == "end" { socket.close() }
    }
    for (packet, reason) in [("41", "client namespace disconnect"), (#"42["expel"]"#, "server namespace disconnect")] {
      let socket = try await site.joined4()
      socket.send(text: packet)
      try await site.noted("left: \(reason)")
      socket.close()
    }
    for (packet, reason) in [(#"42["end"]"#, "forced close"), ("4x", "parse error"), ("1", "transport close")] {
      let socket = try await site.joined4()
      socket.send(text: packet)
      try await site.noted("left: \(reason)")
      try await socket.closed()
    }
    #expect(site.log.filter { $0.hasPrefix("left") }.count == 5)
    await site.end()
  }

  @Test func `who leaves the root in protocol 4 may go on sending, to no effect`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let socket = try await site.joined3()
    socket.send(text: "41")
    socket.send(text: #"42["late"]"#)
    socket.send(text: "2still here")
    #expect(try await socket.text() == "3still here")
    #expect(site.log == ["joined", "left: client namespace disconnect"])
    socket.close()
    await site.end()
  }

  @Test func `a client that goes while the application decides is told gone`() async throws {
    let site = try SocketIOSite()
    let gate = Change()
    var isOpen = false
    site.sockets.namespace().connect = { socket, _ in
      socket.left = { site.note("left: \($0.rawValue)") }
      site.note("asked")
      _ = try? await gate.until("gate", within: .seconds(10)) { isOpen ? () : nil }
      return .accept
    }
    site.sockets.namespace().joined = { _ in site.note("joined") }
    let socket = try await site.socket("EIO=4")
    socket.send(text: "40")
    try await site.noted("asked")
    socket.cut()
    try await site.change.until("end of the session", within: .seconds(10)) {
      if site.sockets.sessionCount == 0 { return () }
      EventLoop.shared.atTurnEnd { LoopActor.assumeIsolated { site.change.announce() } }
      return nil
    }
    isOpen = true
    gate.announce()
    try await site.noted("left: transport close")
    #expect(site.log == ["asked", "left: transport close"])
    await site.end()
  }
}
