import Settings

extension Stack {
  /// A port that nothing uses.
  public static func freePort() throws -> Int { try PortBlock.claim().first }

  /// Starts another gateway beside the first, before the same daemons, and waits until it is ready; gives its public port.
  ///
  /// Whoever starts it ends it; it does not outlive the process of the tests.
  public func secondGateway() async throws -> (port: Int, daemon: StackDaemon) {
    let ports = try PortBlock.claim()
    var own = [
      "CARILLON_BUS_PORT": "\(ports.bus)", "CARILLON_ADMIN_PORT": "\(ports.admin)",
      "CARILLON_HTTP_PORT": "\(ports.http)", "CARILLON_CHAT_PORT": "\(ports.chat)",
    ]
    for service in ServiceName.allCases where service != .gateway { own.merge(buses(of: service)) { $1 } }
    let process = try ChildProcess([program(of: .gateway)], environment: environment.merging(own) { $1 })
    let daemon = StackDaemon(.gateway, process, adminPort: ports.admin + ServiceName.gateway.offset, earlier: [])
    try await daemon.ready()
    try await findsAll(daemon)
    return (ports.http, daemon)
  }
}
