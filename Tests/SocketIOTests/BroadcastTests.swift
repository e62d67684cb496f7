import JSON
import Kit
import Loop
import Testing

@testable import SocketIO

@LoopActor
struct BroadcastTests {
  @Test func `a broadcast reaches clients of every version over every transport`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let four = try await site.joined4()
    let three = try await site.joined3()
    let poller4 = try await site.poller4()
    let poller3 = try await site.poller3()
    let textual = try await site.poller3(extra: "&b64=1")
    site.sockets.namespace().broadcast("click", [json(#"{"user":"€😀"}"#)])
    let text = #"42["click",{"user":"€😀"}]"#
    #expect(try await four.text() == text)
    #expect(try await three.text() == text)
    #expect(try await site.get(poller4).text == text)
    #expect(try await site.get(poller3).text == "\(text.utf16.count):\(text)")
    let blob = #"451-["b",{"_placeholder":true,"num":0}]"#
    site.sockets.namespace().broadcast("b", [json(#"{"_placeholder":true,"num":0}"#)], attachments: [[1, 2]])
    #expect(try await four.text() == blob)
    #expect(try await four.binary() == [1, 2])
    #expect(try await three.text() == blob)
    #expect(try await three.binary() == [4, 1, 2])
    #expect(try await site.get(poller4).text == blob + "\u{1e}bAQI=")
    let body = try await site.get(poller3).body
    #expect(body == [0, 3, 9, 255] + Array(blob.utf8) + [1, 3, 255, 4, 1, 2])
    #expect(try await site.get(textual).text == "\(text.utf16.count):\(text)")
    #expect(try await site.get(textual).text == "39:\(blob)6:b4AQI=")
    four.close()
    three.close()
    await site.end()
  }

  @Test func `what a socket is sent while it joins follows its CONNECT, then what joining brings`() async throws {
    let site = try SocketIOSite()
    site.sockets.namespace().connect = { socket, _ in
      socket.emit("stats", [json("1")])
      return .accept
    }
    site.sockets.namespace().joined = { $0.namespace.broadcast("status", [json("2")]) }
    let three = try await site.get("EIO=3").text
    #expect(three.hasSuffix(#"}2:4013:42["stats",1]14:42["status",2]"#))
    let four = try await site.joined4()
    #expect(try await four.text() == #"42["stats",1]"#)
    #expect(try await four.text() == #"42["status",2]"#)
    four.close()
    await site.end()
  }

  @Test func `a client that does not read is dropped, and nobody waits for it`() async throws {
    let site = try SocketIOSite { $0.queuedPackets = 100 }
    site.watchRoot()
    let slow = try await site.joined4()
    let quick = try await site.joined4()
    slow.stopReading()
    let large = json("\"" + String(repeating: "x", count: 50_000) + "\"")
    var sent = 0
    while !site.log.contains("left: forced close"), sent < 1000 {
      site.sockets.namespace().broadcast("large", [large])
      sent += 1
      #expect(try await quick.text().utf8.count == 50_014)
    }
    #expect(site.log.filter { $0.hasPrefix("left") } == ["left: forced close"])
    #expect(site.sockets.sessionCount == 1)
    slow.cut()
    quick.close()
    await site.end()
  }

  @Test func `a burst within one turn is no sign of a slow client`() async throws {
    let site = try SocketIOSite()
    site.watchRoot()
    let socket = try await site.joined4()
    for number in 0..<5000 { site.sockets.namespace().broadcast("n", [json(String(number))]) }
    for number in 0..<5000 { #expect(try await socket.text() == "42[\"n\",\(number)]") }
    socket.close()
    await site.end()
  }

  @Test func `who polls and does not come back loses the session when too much waits`() async throws {
    let site = try SocketIOSite { $0.queuedPackets = 10 }
    site.watchRoot()
    let query = try await site.poller4()
    for _ in 0..<10 { site.sockets.namespace().broadcast("n", []) }
    #expect(site.sockets.sessionCount == 1)
    site.sockets.namespace().broadcast("n", [])
    #expect(site.log.last == "left: forced close")
    #expect(try await site.get(query).status == 400)
    await site.end()
  }
}
