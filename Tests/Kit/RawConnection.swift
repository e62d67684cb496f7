public import Loop

/// A TCP connection that sends exactly the bytes it is given, for tests that speak a protocol by hand.
@LoopActor
public final class RawConnection {
  /// Everything that came and was not taken yet.
  public private(set) var inbox: [UInt8] = []
  /// The other side has closed, or the connection broke.
  public private(set) var isClosed = false
  private let stream: TCPStream
  private let change = Change()

  /// Connects to a port of this machine.
  public init(port: Int) async throws {
    stream = try await TCPStream.connect(to: SocketAddress.resolve(host: "127.0.0.1", port: port))
    stream.received = { piece in
      self.inbox += piece
      self.change.announce()
    }
    stream.closed = { _ in
      self.isClosed = true
      self.change.announce()
    }
  }

  public func send(_ bytes: [UInt8]) { stream.write(bytes) }
  public func send(_ text: String) { stream.write(Array(text.utf8)) }

  /// Must be called in the end; the stream holds itself and this until it is closed.
  public func close() { stream.close() }

  /// Takes from the front of the inbox what `parse` finds there, as soon as it does; it says how many bytes it used.
  public func take<T>(
    _ awaited: String,
    within limit: Duration = .seconds(10),
    _ parse: ([UInt8]) throws -> (T, used: Int)?
  ) async throws -> T {
    try await change.until(awaited, within: limit, seen: { self.shown }) {
      if let (value, used) = try parse(inbox) {
        inbox.removeFirst(used)
        return value
      }
      if isClosed { throw Overdue(awaited: "\(awaited) before the end of the connection", seen: shown) }
      return nil
    }
  }

  /// The next line, without its end.
  public func line(within limit: Duration = .seconds(10)) async throws -> String {
    try await take("line", within: limit) { bytes in
      guard let newline = bytes.firstIndex(of: 0x0A) else { return nil }
      let line = bytes[..<newline]
      return (String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self), newline + 1)
    }
  }

  /// The next HTTP response; with `toHead`, one without a body whatever its headers say.
  public func reply(toHead: Bool = false, within limit: Duration = .seconds(10)) async throws -> HTTPReply {
    let parser = HTTPReplyParser(withoutBody: toHead)
    return try await take("response", within: limit) { bytes in
      try parser.parse(bytes, ended: self.isClosed).map { ($0.reply, used: $0.used) }
    }
  }

  /// Waits until the other side closes.
  public func closedByPeer(within limit: Duration = .seconds(10)) async throws {
    try await change.until("end of the connection", within: limit, seen: { self.shown }) { isClosed ? () : nil }
  }

  private var shown: String { String(decoding: inbox.prefix(2000), as: UTF8.self) }
}
