import Loop
import WebSocket

/// One socket of the load: speaks Engine.IO 4 over a WebSocket, as far as the load needs it.
@LoopActor
final class Listener {
  private let stream: TCPStream
  private let reader = FrameReader(.client)
  private static let writer = FrameWriter(.client)
  private var head: [UInt8]? = []
  private(set) var isOpen = true
  /// Called with the number in a click's comment.
  var clicked: @LoopActor (Int) -> Void = { _ in }
  /// Called with an acknowledgement's id and whether the click counts.
  var acknowledged: @LoopActor (Int, Bool) -> Void = { _, _ in }
  /// Called when its connection is gone.
  var closed: @LoopActor () -> Void = {}
  private var joined: CheckedContinuation<Void, Never>?

  /// Returns when the server has let it in, or has closed it.
  static func connect(port: Int) async throws -> Listener {
    let address = SocketAddress(host: "127.0.0.1", port: port)!
    let listener = Listener(try await TCPStream.connect(to: address))
    await withCheckedContinuation { continuation in
      listener.joined = continuation
      listener.stream.write(Array(handshake.utf8))
    }
    return listener
  }

  private static let handshake =
    "GET /api/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
    + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

  private init(_ stream: TCPStream) {
    self.stream = stream
    stream.received = { self.take($0) }
    stream.closed = { _ in
      self.isOpen = false
      self.join()
      self.closed()
    }
  }

  func send(_ text: String) { stream.write(Listener.writer.frame(.text, Array(text.utf8))) }
  func close() { stream.close() }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    guard head != nil else { return read(bytes) }
    head? += bytes
    guard let head, let end = head.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return }
    self.head = nil
    if end < head.count { head[end...].withUnsafeBytes { read($0) } }
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    let result = reader.read(bytes)
    for case .text(let text) in result.messages { take(text) }
    if result.end != nil { stream.close() }
  }

  private func take(_ text: [UInt8]) {
    switch (text.first, text.dropFirst().first) {
    case (UInt8(ascii: "2"), _): send("3")
    case (UInt8(ascii: "0"), _): send("40")
    case (UInt8(ascii: "4"), UInt8(ascii: "0")): join()
    case (UInt8(ascii: "4"), UInt8(ascii: "2")): event(text)
    case (UInt8(ascii: "4"), UInt8(ascii: "3")): acknowledged(number(text, from: 2), text.count < 12)
    default: break
    }
  }

  private static let click = Array(#"42["click",{"user":"Load","comment":""#.utf8)

  private func event(_ text: [UInt8]) {
    if text.starts(with: Listener.click) { clicked(number(text, from: Listener.click.count)) }
  }

  private func number(_ text: [UInt8], from start: Int) -> Int {
    var value = 0
    for byte in text[start...] {
      guard (0x30...0x39).contains(byte) else { break }
      value = value * 10 + Int(byte - 0x30)
    }
    return value
  }

  private func join() {
    joined?.resume()
    joined = nil
  }
}
