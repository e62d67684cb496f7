import HTTP
import Kit
import Loop
import Testing

@testable import WebSocket

@LoopActor
struct ConnectionTests {
  /// A server that gives each connection to the test.
  private func site(
    _ limits: WebSocketLimits = WebSocketLimits(),
    _ opened: @escaping @LoopActor (WebSocketConnection) -> Void
  ) throws -> (server: HTTPServer, port: Int) {
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(),
      admit: { _ in .accept(maximumBody: 0) },
      refusal: { refusal, _ in HTTPResponse(status: refusal.status) },
      handle: { request in
        WebSocketUpgrade(request.head)?.response(limits: limits) { if let connection = $0 { opened(connection) } }
          ?? HTTPResponse(status: 400)
      }
    )
    return (server, try server.start())
  }

  @Test func `messages go both ways, and the peer's goodbye is told`() async throws {
    let change = Change()
    var end: WebSocketConnection.End?
    let (server, port) = try site { connection in
      connection.received = {
        switch $0 {
        case .text(let text): connection.send(text: text)
        case .binary(let bytes): connection.send(binary: bytes)
        }
      }
      connection.closed = {
        end = $0
        change.announce()
      }
      connection.start()
    }
    let client = try await WebSocketClient(port: port, path: "/")
    #expect(client.headers.contains { $0 == ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") })
    client.send(text: "hé")
    client.send(binary: [UInt8](repeating: 7, count: 100_000))
    #expect(try await client.text() == "hé")
    #expect(try await client.binary().count == 100_000)
    client.close()
    _ = try await change.until("end", within: .seconds(10)) { end }
    #expect(end == .peer(.normal))
    await server.drain(within: .seconds(1))
  }

  @Test func `frames behind the request are read first`() async throws {
    var messages: [WebSocketMessage] = []
    let change = Change()
    let (server, port) = try site { connection in
      connection.received = {
        messages.append($0)
        change.announce()
      }
      connection.start()
    }
    let raw = try await RawConnection(port: port)
    let head = """
      GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
      """
    raw.send(Array(head.utf8) + FrameWriter(.client).frame(.text, [65]))
    raw.send(FrameWriter(.client).frame(.text, [66]))
    try await change.until("messages", within: .seconds(10)) { messages.count == 2 ? () : nil }
    #expect(messages == [.text([65]), .text([66])])
    raw.close()
    await server.drain(within: .seconds(1))
  }

  @Test func `what one turn sends comes in one piece`() async throws {
    let (server, port) = try site { connection in
      connection.start()
      for byte in UInt8(65)..<75 { connection.send(text: [byte]) }
    }
    let stream = try await TCPStream.connect(to: SocketAddress.resolve(host: "127.0.0.1", port: port))
    var pieces = 0
    var last: UInt8 = 0
    let change = Change()
    stream.received = {
      pieces += 1
      last = $0[$0.count - 1]
      change.announce()
    }
    let head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    stream.write(Array((head + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").utf8))
    try await change.until("frames", within: .seconds(10)) { last == 74 ? () : nil }
    // The 101 may come with them.
    #expect(pieces <= 2)
    stream.close()
    await server.drain(within: .seconds(1))
  }

  @Test func `a pause holds messages back until the end of it`() async throws {
    var connection: WebSocketConnection?
    var messages: [WebSocketMessage] = []
    let change = Change()
    let (server, port) = try site { opened in
      connection = opened
      opened.received = { message in
        messages.append(message)
        if messages.count == 1 { opened.pause() }
        change.announce()
      }
      opened.start()
    }
    let client = try await WebSocketClient(port: port, path: "/")
    for text in ["a", "b", "c"] { client.send(text: text) }
    try await change.until("message", within: .seconds(10)) { messages.isEmpty ? nil : () }
    #expect(messages == [.text([97])])
    connection?.resume()
    try await change.until("messages", within: .seconds(10)) { messages.count == 3 ? () : nil }
    #expect(messages == [.text([97]), .text([98]), .text([99])])
    client.close()
    await server.drain(within: .seconds(1))
  }

  @Test func `a close says its code, also to a peer that is in the middle of a message`() async throws {
    let (server, port) = try site { connection in
      connection.received = { _ in connection.close(.goingAway) }
      connection.start()
    }
    let client = try await WebSocketClient(port: port, path: "/")
    client.send(text: "go")
    client.send(binary: [UInt8](repeating: 1, count: 500_000))
    #expect(try await client.closed() == .goingAway)
    await server.drain(within: .seconds(1))
  }

  @Test func `a peer that reads nothing ends with an overflow`() async throws {
    var limits = WebSocketLimits()
    limits.queuedBytes = 300_000
    var connection: WebSocketConnection?
    var end: WebSocketConnection.End?
    let (server, port) = try site(limits) {
      connection = $0
      $0.closed = { end = $0 }
      $0.start()
    }
    let client = try await WebSocketClient(port: port, path: "/")
    client.stopReading()
    let sender = try #require(connection)
    var sent = 0
    while sender.isOpen, sent < 2000 {
      sender.send(binary: [UInt8](repeating: 1, count: 50_000))
      #expect(sender.queuedBytes <= 350_100)
      sent += 1
    }
    #expect(end == .overflow)
    client.cut()
    await server.drain(within: .seconds(1))
  }

  @Test func `a queue joins what fits and lets go of what it gave`() {
    var queue = FrameQueue()
    for byte in UInt8(0)..<200 { queue.append([byte, byte]) }
    #expect(queue.count == 200)
    #expect(queue.bytes == 400)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 151, alignment: 1)
    defer { buffer.deallocate() }
    #expect(queue.join(into: buffer) == 150)
    #expect(buffer[149] == 74)
    #expect(queue.count == 125)
    queue.append([UInt8](repeating: 9, count: 200))
    #expect(queue.join(into: buffer) == 150)
    #expect(queue.join(into: buffer) == 100)
    #expect(queue.join(into: buffer) == 0)
    #expect(queue.removeFirst().count == 200)
    #expect(queue.isEmpty)
    #expect(queue.bytes == 0)
  }
}
