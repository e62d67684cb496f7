public import Loop

/// A server of a test: hands each connection's input, as gathered so far, to the script, which answers when it likes.
@LoopActor
public final class LoopbackServer {
  public typealias Script = @LoopActor (_ input: String, _ stream: TCPStream, _ connection: Int) -> Void

  public private(set) var connections = 0
  public private(set) var inputs: [String] = []
  private var listener: TCPListener?
  private let (closings, closed) = AsyncStream<Void>.makeStream()

  public init(greeting: String = "", _ script: @escaping Script) throws {
    listener = try TCPListener(on: SocketAddress(host: "127.0.0.1", port: 0)!) { [self] stream in
      let number = connections
      connections += 1
      inputs.append("")
      stream.received = { bytes in
        self.inputs[number] += String(decoding: bytes, as: UTF8.self)
        script(self.inputs[number], stream, number)
      }
      stream.closed = { _ in self.closed.yield() }
      if !greeting.isEmpty { stream.write(Array(greeting.utf8)) }
    }
  }

  public var port: Int { listener!.port }
  public var url: String { "http://127.0.0.1:\(port)" }

  /// Waits until a client has gone.
  public func connectionClosed() async { for await _ in closings { return } }

  public func close() { listener?.close() }
}

extension LoopbackServer {
  /// Answers every complete request, read by its `Content-Length`, with these bytes.
  public static func answering(_ answer: String) throws -> LoopbackServer {
    try answering { _ in answer }
  }

  public static func answering(_ answer: @escaping @LoopActor (_ request: String) -> String) throws -> LoopbackServer {
    var answered: [Int: Int] = [:]
    return try LoopbackServer { input, stream, connection in
      let start = answered[connection] ?? 0
      let request = String(decoding: Array(input.utf8)[start...], as: UTF8.self)
      guard let end = request.firstRange(of: "\r\n\r\n")?.upperBound else { return }
      let length = request.firstMatch(of: /content-length: (\d+)/.ignoresCase()).flatMap { Int($0.1) } ?? 0
      guard request[end...].utf8.count >= length else { return }
      answered[connection] = input.utf8.count
      stream.write(Array(answer(request).utf8))
    }
  }
}
