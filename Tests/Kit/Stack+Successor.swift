public import Settings

extension Stack {
  /// Starts a second daemon of a service, and a gateway that knows both; waits until they are ready. Gives the gateway's
  /// public port.
  ///
  /// Whoever starts them ends them; they do not outlive the process of the tests.
  public func successor(
    of service: ServiceName
  ) async throws -> (daemon: StackDaemon, gateway: StackDaemon, port: Int) {
    let ports = try PortBlock.claim()
    var own = [
      "CARILLON_BUS_PORT": "\(ports.bus)", "CARILLON_ADMIN_PORT": "\(ports.admin)",
      "CARILLON_HTTP_PORT": "\(ports.http)", "CARILLON_CHAT_PORT": "\(ports.chat)",
    ]
    for other in ServiceName.allCases where other != .gateway {
      own["CARILLON_\(other.settingWord)_BUS"] = "127.0.0.1:\(busPort(of: other))"
    }
    let daemon = try StackDaemon(service, launch(service, own), adminPort: ports.admin + service.offset, earlier: [])
    try await daemon.ready()
    own["CARILLON_\(service.settingWord)_BUS"]? += ",127.0.0.1:\(ports.bus + service.offset)"
    let adminPort = ports.admin + ServiceName.gateway.offset
    let gateway = try StackDaemon(.gateway, launch(.gateway, own), adminPort: adminPort, earlier: [])
    try await gateway.ready()
    return (daemon, gateway, ports.http)
  }

  private func launch(_ service: ServiceName, _ own: [String: String]) throws -> ChildProcess {
    try ChildProcess([program(of: service)], environment: environment.merging(own) { $1 })
  }
}
