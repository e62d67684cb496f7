import Glibc
import Kit
import Loop
import Settings
import Testing
import WebSocket

/// Every daemon is restarted, one after the other, while clients ask and listen.
@Suite(.serialized, .needsDaemons, .needsNATS) @LoopActor struct RollingRestartTests {
  private static let settings = [
    "CARILLON_RATE_LIMITS": "off", "CARILLON_CHAT_SEND_BURST": "100000", "CARILLON_ACCESS_LOG": "off",
    "CARILLON_LOG_LEVEL": "info",
  ]
  /// Five times what a machine bears that runs other tests: 1,000 requests a second, 1,000 sockets.
  private static let isWhole = getenv("CARILLON_TEST_ROLLING") != nil

  private func restart(_ service: ServiceName, in stack: Stack) async throws {
    try await stack.restart(service)
    let twin = try #require(stack.twins[service]).process
    twin.signal(SIGTERM)
    #expect(try await twin.ended() == .exited(0))
    try await stack.startTwin(of: service)
  }

  @Test(arguments: Transport.allCases)
  func `no request fails while each daemon of two copies is restarted`(over transport: Transport) async throws {
    try await Stack.with(settings: Self.settings, over: transport, copies: 2) { stack in
      let requests = try await MixedRequests.prepared(on: stack)
      let port = try stack.keepPort()
      try await restart(.gateway, in: stack)
      let (count, crowd) = Self.isWhole ? (200, 1000) : (40, 50)
      let sockets = SocketLoad(clients: crowd, token: requests.token, port: port)
      try await sockets.areConnected(crowd)
      let load = RequestLoad(clients: count, every: .milliseconds(200), port: port) { requests.next() }
      try await load.answers(count)
      let began = ContinuousClock.now
      for service in Stack.everything {
        try await restart(service, in: stack)
        try await load.answers(2 * count)
      }
      try await sockets.areConnected(crowd)
      let rate = Double(load.answered) / (.now - began).inSeconds
      await load.stop()
      await sockets.stop()
      #expect(load.failures.isEmpty, "\(load.failures.count) of \(load.answered): \(load.failures.prefix(5))")
      #expect(sockets.failures.isEmpty, "\(sockets.failures.count): \(sockets.failures.prefix(5))")
      try await requests.areStored(on: stack)
      // Both gateways have let theirs go.
      #expect(sockets.goodbyes >= crowd)
      let delays = [50, 99, 100].map { "\(load.percentile($0))" }.joined(separator: " / ")
      print(
        "\(transport): \(load.answered) answers, \(Int(rate)) a second, p50 / p99 / longest \(delays) ms;",
        "\(crowd) sockets, which came back \(sockets.goodbyes) times"
      )
    }
  }

  @Test func `one gateway alone may be restarted: who comes meanwhile waits`() async throws {
    let settings = ["CARILLON_RATE_LIMITS": "off", "CARILLON_ACCESS_LOG": "off", "CARILLON_LOG_LEVEL": "info"]
    try await Stack.with([.auth, .stats, .gateway], settings: settings, over: .tcp, copies: 1) { stack in
      let port = try stack.keepPort()
      try await stack.restart(.gateway)
      let load = RequestLoad(clients: 20, every: .milliseconds(100), port: port) {
        "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
      }
      try await load.answers(20)
      for _ in 0..<3 {
        try await stack.restart(.gateway)
        try await load.answers(40)
      }
      await load.stop()
      #expect(load.failures.isEmpty, "\(load.failures.count) of \(load.answered): \(load.failures.prefix(5))")
    }
  }

  @Test func `sockets of a gateway that stops are let go some at a time, and find the other`() async throws {
    let settings = ["CARILLON_RATE_LIMITS": "off", "CARILLON_LOG_LEVEL": "info"]
    try await Stack.with([.auth, .live, .gateway], settings: settings, over: .tcp, copies: 1) { stack in
      let (port, other) = try await stack.secondGateway()
      var clients: [CounterClient] = []
      for _ in 0..<100 { clients.append(try await CounterClient.connect(stack)) }
      let began = ContinuousClock.now
      stack.kill(.gateway, SIGTERM)
      var ends: [Duration] = []
      for client in clients {
        #expect(try await client.socket.closed() == .goingAway)
        ends.append(.now - began)
        client.close()
        let again = try await CounterClient.settled(stack, port: port)
        again.close()
      }
      #expect(try await stack.daemon(.gateway).process.ended() == .exited(0))
      // A hundred go in five slices of 20 ms.
      #expect(try #require(ends.last) > .milliseconds(60))
      other.process.signal(SIGTERM)
      _ = try await other.process.ended()
    }
  }
}
