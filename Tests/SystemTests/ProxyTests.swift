import FoundationEssentials
import Glibc
import Kit
import Loop
import Settings
import Testing

/// The sample settings of infra/proxies with the real proxies, before two gateways.
@Suite(.serialized, .needsDaemons) @LoopActor struct ProxyTests {
  enum Stickiness: CaseIterable { case cookie, address, none }

  private struct Gateway {
    let port: Int
    let adminPort: Int
  }

  private struct Proxy {
    let name: String
    let file: String
    let arguments: [String]
    /// How the file says it by cookie, by address and not at all.
    let words: [Stickiness: (from: String, to: String)]

    static let nginx = Proxy(
      name: "nginx",
      file: "nginx.conf",
      // It removes its pid file when it ends: that must be a file of its own.
      arguments: ["/usr/sbin/nginx", "-g", "daemon off; pid /tmp/carillon-nginx-PORT.pid;", "-c"],
      words: [.address: ("$request_id", "$remote_addr"), .none: ("hash $carillon_key consistent;", "")]
    )
    static let haproxy = Proxy(
      name: "haproxy",
      file: "haproxy.cfg",
      arguments: ["/usr/sbin/haproxy", "-db", "-f"],
      words: [
        .address: ("leastconn\n  cookie carillon_route insert indirect nocache httponly", "source"),
        .none: ("leastconn\n  cookie carillon_route insert indirect nocache httponly", "roundrobin"),
      ]
    )
  }

  /// Starts a proxy on a port of its own before the stack's two gateways.
  private func start(_ proxy: Proxy, _ stickiness: Stickiness, _ gateways: [Gateway]) async throws -> (
    ChildProcess, Int
  ) {
    let port = try Stack.freePort()
    var text = try String(
      decoding: Data(contentsOf: URL(filePath: "\(TestEnvironment.root)/infra/proxies/\(proxy.file)")),
      as: UTF8.self
    )
    if let change = proxy.words[stickiness] {
      #expect(text.contains(change.from))
      text = text.replacing(change.from, with: change.to)
    }
    let ports: [Substring: Int] = [
      "8000": port, "8080": gateways[0].port, "8081": gateways[1].port,
      "7200": gateways[0].adminPort, "7210": gateways[1].adminPort,
    ]
    // All in one pass: one's own port may contain a sample's digits.
    text = text.replacing(/[0-9]+/) { sample in ports[sample.output].map { "\($0)" } ?? String(sample.output) }
    let file = "/tmp/carillon-\(proxy.name)-\(port).conf"
    try Data(text.utf8).write(to: URL(filePath: file))
    defer { onLoop { _ = try? await Command(["/bin/rm", "-f", file]).run() } }
    let arguments = proxy.arguments.map { $0.replacing("PORT", with: "\(port)") } + [file]
    let process = try ChildProcess(arguments, environment: ["PATH": "/usr/bin:/bin"])
    let deadline = ContinuousClock.now + .seconds(10)
    let client = TestClient(port: port)
    while (try? await client.get("/openapi.json").status) != 200 {
      guard ContinuousClock.now < deadline else { throw Overdue(awaited: proxy.name, seen: process.tail) }
      try await pause(for: .milliseconds(50))
    }
    return (process, port)
  }

  private func talk(_ port: Int, _ transports: String) async throws -> [String] {
    let python = try #require(TestEnvironment.python)
    let script = "\(TestEnvironment.root)/Tests/Clients/sticky.py"
    return try await Command([python, script, "\(port)", transports, "6"]).run()
  }

  @Test func `sessions that poll stay with their gateway behind nginx and HAProxy`() async throws {
    let settings = ["CARILLON_RATE_LIMITS": "off", "CARILLON_LOG_LEVEL": "info"]
    try await Stack.with([.auth, .live, .gateway], settings: settings, over: .tcp, copies: 1, atNoon: true) { stack in
      let (port, second) = try await stack.secondGateway()
      let gateways = [
        Gateway(port: stack.httpPort, adminPort: stack.adminPort(of: .gateway)),
        Gateway(port: port, adminPort: second.adminPort),
      ]
      for proxy in [Proxy.nginx, .haproxy] {
        for stickiness in Stickiness.allCases {
          let (process, port) = try await start(proxy, stickiness, gateways)
          let polling = try await talk(port, "polling")
          if stickiness == .none {
            // Or the test would not see what it is for.
            #expect(polling.contains { $0 != "ok" }, "\(proxy.name)")
          } else {
            #expect(polling.allSatisfy { $0 == "ok" }, "\(proxy.name) \(stickiness) polling: \(polling)")
            let upgrading = try await talk(port, "polling,websocket")
            #expect(upgrading.allSatisfy { $0 == "ok" }, "\(proxy.name) \(stickiness) upgrade: \(upgrading)")
          }
          process.signal(SIGTERM)
          _ = try await process.ended()
        }
      }
      second.process.signal(SIGTERM)
      _ = try await second.process.ended()
    }
  }
}
