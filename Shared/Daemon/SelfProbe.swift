import Loop
import Settings

/// Asks the admin port of the daemon that runs with the same settings, for the health check of a container without tools.
@LoopActor
enum SelfProbe {
  /// A daemon that needs longer for one line is not well either.
  private static let patience = Duration.seconds(2)

  enum Finding: Equatable {
    case ready
    /// Why not, in words for an operator.
    case unready(String)

    /// Reads the whole answer of `/readyz`.
    init(answer: String) {
      guard answer.hasPrefix("HTTP/1.1 200 ") else {
        let body = answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
        self = .unready(body.isEmpty ? "no answer" : String(body))
        return
      }
      self = .ready
    }
  }

  static func ask(_ admin: Endpoint) async -> Finding {
    guard let address = SocketAddress(host: admin.host, port: admin.port),
      let stream = try? await TCPStream.connect(to: address)
    else { return .unready("nobody answers at \(admin)") }
    let alarm = Timer { stream.close() }
    alarm.arm(after: patience)
    defer { alarm.cancel() }
    var answer: [UInt8] = []
    await withCheckedContinuation { continuation in
      stream.received = { answer += $0 }
      stream.closed = { _ in continuation.resume() }
      stream.write(Array("GET /readyz HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n".utf8))
    }
    return Finding(answer: String(decoding: answer, as: UTF8.self))
  }
}
