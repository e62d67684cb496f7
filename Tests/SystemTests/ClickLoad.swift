import Kit
import Loop

/// Clients that click without pause, several clicks under way each, and remember what they were told.
@LoopActor
final class ClickLoad {
  private(set) var sent = 0
  private(set) var acknowledged = 0
  private(set) var refused = 0
  private static let window = 8

  private var clients: [CounterClient] = []
  private var tasks: [Task<Void, Never>] = []
  private var open = 0
  private var isStopping = false
  private let change = Change()

  /// Its clients come to all gateways there are, in turn.
  init(_ stack: Stack, clients count: Int) async throws {
    let ports = stack.httpPorts
    for number in 0..<count {
      clients.append(try await CounterClient.settled(stack, port: ports[number % ports.count]))
    }
    tasks = clients.map { client in onLoop { await self.run(client) } }
  }

  private func run(_ client: CounterClient) async {
    for _ in 0..<ClickLoad.window { click(client) }
    while let frame = try? await client.frame(within: .seconds(20)) {
      guard frame.hasPrefix("43") else { continue }
      open -= 1
      if frame.hasSuffix("[]") { acknowledged += 1 } else { refused += 1 }
      change.announce()
      if !isStopping { click(client) }
    }
  }

  private func click(_ client: CounterClient) {
    sent += 1
    open += 1
    client.send(#"42\#(sent)["click",{"user":"Load"}]"#)
  }

  /// Waits for that many more acknowledged clicks.
  func acknowledges(_ more: Int, within limit: Duration) async throws {
    let goal = acknowledged + more
    try await change.until(
      "\(more) clicks",
      within: limit,
      seen: { "\(self.acknowledged) of \(goal), \(self.refused) refused" }
    ) {
      acknowledged >= goal ? () : nil
    }
  }

  /// Returns when every click has its answer, or its connection is gone.
  func stop() async throws {
    isStopping = true
    try await change.until("the last answers", within: .seconds(20), seen: { "\(self.open) are open" }) {
      open == 0 || clients.allSatisfy({ $0.socket.closeCode != nil }) ? () : nil
    }
    for client in clients { client.close() }
    for task in tasks { await task.value }
  }
}
