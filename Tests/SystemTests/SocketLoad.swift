import Kit
import Loop
import WebSocket

/// Clients of the planner's sockets who come back whenever they are let go, as Socket.IO's clients do.
@LoopActor
final class SocketLoad {
  private(set) var connected = 0
  /// How often clients were asked to come back, and how often a connection ended or failed in another way.
  private(set) var goodbyes = 0
  private(set) var failures: [String] = []
  private var clients: [Task<Void, Never>] = []
  private var sockets: [Int: WebSocketClient] = [:]
  private var isStopping = false
  private let change = Change()

  init(clients count: Int, token: String, port: Int) {
    clients = (0..<count).map { number in
      onLoop {
        // Twenty connects a turn of 10 ms.
        try? await pause(for: .milliseconds(10 * (number / 20)))
        while !self.isStopping { await self.live(number, token, port) }
      }
    }
  }

  private func live(_ number: Int, _ token: String, _ port: Int) async {
    do {
      let socket = try await WebSocketClient(port: port, path: "/socket.io/?EIO=4&transport=websocket")
      sockets[number] = socket
      connected += 1
      change.announce()
      socket.send(text: "40")
      socket.send(text: #"42["authenticate",{"idToken":"\#(token)"}]"#)
      while socket.closeCode == nil {
        if try await socket.text(within: .seconds(60)) == "2" { socket.send(text: "3") }
      }
    } catch {
      let code = sockets[number]?.closeCode
      if code == .goingAway { goodbyes += 1 } else if !isStopping { failures.append("\(error)") }
    }
    if sockets.removeValue(forKey: number) != nil { connected -= 1 }
    try? await pause(for: .milliseconds(Int.random(in: 100...500)))
  }

  func areConnected(_ count: Int) async throws {
    try await change.until(
      "\(count) sockets",
      within: .seconds(30),
      seen: { "\(self.connected), \(self.failures.prefix(3))" }
    ) {
      connected == count ? () : nil
    }
  }

  func stop() async {
    isStopping = true
    for socket in sockets.values { socket.close() }
    for client in clients { await client.value }
  }
}
