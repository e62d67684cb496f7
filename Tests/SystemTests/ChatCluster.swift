import Kit
import Loop
import Settings

/// Two gateways before two chat processes, which share one database and one auth; each can be killed by itself.
@LoopActor
struct ChatCluster {
  let auth: Stack
  /// The second chat process; the first is in `auth`'s stack.
  let second: Stack
  let gateways: [Stack]

  static func with<T>(_ body: @LoopActor (ChatCluster) async throws -> T) async throws -> T {
    let open = ["CARILLON_CHAT_SEND_BURST": "10000", "CARILLON_CHAT_SEND_RATE": "1000"]
    return try await Stack.with([.auth, .chat], settings: open, copies: 1) { auth throws in
      let authBus = auth.buses(of: .auth)
      let shared = open.merging(["CARILLON_CHAT_DATABASE_URL": auth.databaseURL(as: .chat)]) { $1 }
      return try await Stack.with([.chat], settings: shared.merging(authBus) { $1 }, copies: 1) { second throws in
        let buses = [auth, second].map { "127.0.0.1:\($0.busPort(of: .chat))" }.joined(separator: ",")
        let settings = auth.transport == .nats ? authBus : authBus.merging(["CARILLON_CHAT_BUS": buses]) { $1 }
        return try await Stack.with([.gateway], settings: settings, copies: 1) { here throws in
          try await Stack.with([.gateway], settings: settings, copies: 1) { there throws in
            try await body(ChatCluster(auth: auth, second: second, gateways: [here, there]))
          }
        }
      }
    }
  }

  func kill(_ service: ServiceName, of stack: Stack) async throws {
    stack.kill(service)
    _ = try await stack.daemon(service).process.ended()
  }
}
