public import Loop
public import WebSocket

/// The client's side of one WebSocket, for tests; frames are wslay's, so only whole and proper ones are sent by `send`.
@LoopActor
public final class WebSocketClient {
  /// The server answered something else than 101.
  public struct Refused: Error {
    public let reply: HTTPReply
  }

  /// Messages that came and were not taken yet.
  public private(set) var inbox: [WebSocketMessage] = []
  /// The code of the server's close frame; `.abnormal` when the connection went without one. Nil while it is open.
  public private(set) var closeCode: CloseCode?
  public private(set) var headers: [(name: String, value: String)] = []
  private let stream: TCPStream
  private let change = Change()
  private let writer = FrameWriter(.client)
  private var reader: FrameReader? = FrameReader(.client)
  private var head: [UInt8]? = []
  /// What the server said to the upgrade.
  private var answer: HTTPReply?

  /// Connects to a port of this machine and upgrades; throws `Refused` with what the server said instead.
  public init(port: Int, path: String, headers: [(String, String)] = []) async throws {
    stream = try await TCPStream.connect(to: SocketAddress.resolve(host: "127.0.0.1", port: port))
    stream.received = { self.take($0) }
    stream.closed = { _ in self.ended(.abnormal) }
    var request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    request += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    for (name, value) in headers { request += "\(name): \(value)\r\n" }
    stream.write(Array((request + "\r\n").utf8))
    let reply = try await change.until("handshake", within: .seconds(10)) { try self.handshake() }
    guard reply.status == 101 else {
      stream.close()
      throw Refused(reply: reply)
    }
    self.headers = reply.headers
  }

  private func handshake() throws -> HTTPReply? {
    try readHead()
    if let answer { return answer }
    guard closeCode == nil else { throw Overdue(awaited: "handshake before the end of the connection", seen: "") }
    return nil
  }

  private func readHead() throws {
    guard let head, let (reply, used) = try HTTPReplyParser().parse(head, ended: closeCode != nil) else { return }
    answer = reply
    self.head = nil
    if reply.status == 101, used < head.count { head[used...].withUnsafeBytes { take($0) } }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if head != nil {
      head? += bytes
      // At once: the server may send a close frame and its end behind it. What cannot be read is told by `handshake`.
      try? readHead()
    } else if let reader {
      let result = reader.read(bytes)
      inbox += result.messages
      stream.write(result.reply)
      switch result.end {
      case .peerClosed(let code), .violated(let code): ended(code)
      case nil: break
      }
    }
    change.announce()
  }

  private func ended(_ code: CloseCode) {
    if closeCode == nil { closeCode = code }
    reader = nil
    stream.close()
    change.announce()
  }

  public func send(text: String) { stream.write(writer.frame(.text, Array(text.utf8))) }
  public func send(binary: [UInt8]) { stream.write(writer.frame(.binary, binary)) }
  /// Sends bytes that need not be a frame.
  public func send(raw bytes: [UInt8]) { stream.write(bytes) }

  /// The next message; throws when none comes in time or the connection ends before.
  public func message(within limit: Duration = .seconds(10)) async throws -> WebSocketMessage {
    try await change.until("message", within: limit, seen: { self.shown }) {
      if !inbox.isEmpty { return inbox.removeFirst() }
      if let closeCode { throw Overdue(awaited: "message before the end of the connection", seen: "\(closeCode)") }
      return nil
    }
  }

  /// The next message, which must be text.
  public func text(within limit: Duration = .seconds(10)) async throws -> String {
    let message = try await message(within: limit)
    guard case .text(let bytes) = message else { throw Overdue(awaited: "text", seen: "\(message)") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The next message, which must be binary.
  public func binary(within limit: Duration = .seconds(10)) async throws -> [UInt8] {
    let message = try await message(within: limit)
    guard case .binary(let bytes) = message else { throw Overdue(awaited: "binary", seen: "\(message)") }
    return bytes
  }

  /// Waits for the end, whatever still comes before it, and gives its code.
  @discardableResult
  public func closed(within limit: Duration = .seconds(10)) async throws -> CloseCode {
    try await change.until("end of the connection", within: limit, seen: { self.shown }) { closeCode }
  }

  /// Says goodbye and closes; must be called in the end unless the server closed.
  public func close() {
    stream.write(writer.close(.normal))
    stream.closeAfterWrites()
  }

  /// Ends the connection without a word.
  public func cut() { stream.close() }

  /// Leaves what the server sends where it is, as a client does that hangs.
  public func stopReading() { stream.pauseReading() }

  public func readAgain() { stream.resumeReading() }

  private var shown: String { String("\(inbox)".prefix(2000)) }
}
