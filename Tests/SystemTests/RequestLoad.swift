import Kit
import Loop

/// Clients that ask again and again over connections they keep, and make a new one when the server asks them to.
///
/// A request fails when it is not answered 200 or 201: no answer, another answer, and a connection that cannot be made count.
@LoopActor
final class RequestLoad {
  private(set) var answered = 0
  private(set) var failures: [String] = []
  private var delays: [Duration] = []
  private var clients: [Task<Void, Never>] = []
  private var isStopping = false
  private let change = Change()

  /// Each client sends a request every `interval`, all spread evenly over it.
  init(clients count: Int, every interval: Duration, port: Int, request: @escaping @LoopActor () -> String) {
    clients = (0..<count).map { number in
      onLoop {
        try? await pause(for: interval * number / count)
        var connection: RawConnection?
        while !self.isStopping {
          connection = await self.ask(connection, port, request())
          try? await pause(for: interval)
        }
        connection?.close()
      }
    }
  }

  /// Gives the connection back where it may be used again.
  private func ask(_ kept: RawConnection?, _ port: Int, _ request: String) async -> RawConnection? {
    let asked = ContinuousClock.now
    do {
      let connection: RawConnection
      if let kept { connection = kept } else { connection = try await RawConnection(port: port) }
      connection.send(request)
      let reply = try await connection.reply(within: .seconds(20))
      if [200, 201].contains(reply.status) {
        answered += 1
        delays.append(.now - asked)
      } else {
        failures.append("\(reply.status) \(reply.text) for \(request.prefix(40))")
      }
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

  /// What so many of a hundred answers took at most, in milliseconds.
  func percentile(_ percent: Int) -> Int {
    let sorted = delays.sorted()
    return sorted.isEmpty ? 0 : Int(sorted[min(sorted.count * percent / 100, sorted.count - 1)].inSeconds * 1000)
  }

  func stop() async {
    isStopping = true
    for client in clients { await client.value }
  }
}
