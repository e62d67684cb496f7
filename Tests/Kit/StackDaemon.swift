import Glibc
public import Loop
public import Settings

/// One daemon of a stack.
@LoopActor
public final class StackDaemon {
  public let service: ServiceName
  public let process: ChildProcess
  public let adminPort: Int
  private let earlier: [String]

  init(_ service: ServiceName, _ process: ChildProcess, adminPort: Int, earlier: [String]) {
    self.service = service
    self.process = process
    self.adminPort = adminPort
    self.earlier = earlier
  }

  /// What it said, and before it those that stood in its place.
  public var lines: [String] { earlier + process.lines }

  /// Health, metrics and version.
  public var admin: TestClient { TestClient(port: adminPort) }

  /// Waits until `/readyz` says 200. Throws at once when the daemon ends instead, with its last lines.
  public func ready(within limit: Duration = .seconds(20)) async throws {
    try await readiness(is: true, within: limit)
  }

  /// Waits until it says that it is not ready, such as after its database went away.
  public func notReady(within limit: Duration = .seconds(20)) async throws {
    try await readiness(is: false, within: limit)
  }

  var isReady: Bool {
    get async { (try? await admin.send("GET", "/readyz", within: .seconds(2)).status) == 200 }
  }

  /// Waits until a gateway has found a service, behind so many of its lines.
  ///
  /// Readiness of a service does not say so: who looks for it does so every 0.4 s, and a request waits 0.5 s for that.
  public func finds(_ service: ServiceName, from line: Int = 0) async throws {
    try await process.line("link to \(service.rawValue)", from: line, within: .seconds(20)) {
      $0.contains(#""bus.connected""#) && $0.contains(#""to":"\#(service.rawValue)""#)
    }
  }

  // Readiness is polled: it is what a load balancer sees, and no one is told of a change.
  private func readiness(is wanted: Bool, within limit: Duration) async throws {
    let deadline = ContinuousClock.now + limit
    while true {
      let reply = try? await admin.send("GET", "/readyz", within: .seconds(2))
      if let reply, (reply.status == 200) == wanted { return }
      let seen = "\(reply.map { "\($0.status) \($0.text)" } ?? "no answer")\n\(process.tail)"
      guard process.end == nil, ContinuousClock.now < deadline else {
        throw Overdue(awaited: "\(service.rawValue) \(wanted ? "ready" : "not ready")", seen: seen)
      }
      try await pause(for: .milliseconds(20))
    }
  }
}
