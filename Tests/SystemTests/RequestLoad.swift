import Kit
import Loop

/// Clients that ask again and again over connections they keep, and make a new one when the server asks them to.
///
/// A request fails when it is not answered 200: no answer, another answer, and a connection that cannot be made count.
@LoopActor
final class RequestLoad {
  private(set) var answered = 0
  private(set) var failures: [String] = []
  private var clients: [Task<Void, Never>] = []
  private var isStopping = false
  private let change = Change()

  /// Each client sends a request every `interval`, all spread evenly over it.
  init(clients count: Int, every interval: Duration, port: Int, request: @escaping (Int) -> String) {
    clients = (0..<count).map { number in
      onLoop {
        try? await pause(for: interval * number / count)
        var connection: RawConnection?
        while !self.isStopping {
          connection = await self.ask(connection, port, request(number))
          try? await pause(for: interval)
        }
        connection?.close()
      }
    }
  }

  /// Gives the connection back where it may be used again.
  private func ask(_ kept: RawConnection?, _ port: Int, _ request: String) async -> RawConnection? {
    do {
      let connection: RawConnection
      if let kept { connection = kept } else { connection = try await RawConnection(port: port) }
      connection.send(request)
      let reply = try await connection.reply(within: .seconds(20))
      if reply.status == 200 { answered += 1 } else { failures.append("\(reply.status) \(reply.text)") }
      change.announce()
      guard reply.header("Connection")?.lowercased() == "close" else { return connection }
      connection.close()
    } catch {
      kept?.close()
      failures.append("\(kept == nil ? "new" : "kept") connection: \(error)")
    }
    return nil
  }

  /// Waits for that many more answers.
  func answers(_ more: Int, within limit: Duration = .seconds(30)) async throws {
    let goal = answered + more
    try await change.until("\(more) answers", within: limit, seen: { "\(self.answered), \(self.failures.prefix(3))" }) {
      answered >= goal ? () : nil
    }
  }

  func stop() async {
    isStopping = true
    for client in clients { await client.value }
  }
}
