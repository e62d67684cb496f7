import Settings

/// Who has found whom: a daemon that is ready can serve, but a gateway may look for it again only 0.4 s later.
extension Stack {
  var gateways: [StackDaemon] {
    [daemons[.gateway], twins[.gateway]].compactMap { $0 }.filter { $0.process.end == nil }
  }

  /// Launches a daemon, and waits until it is ready and the gateways call it; a gateway, until it calls all that are ready.
  func settled(_ service: ServiceName, _ launch: (ServiceName) throws -> StackDaemon) async throws {
    let before = gateways.map { ($0, $0.process.lines.count) }
    let daemon = try launch(service)
    try await daemon.ready()
    if service == .gateway { return try await findsAll(daemon) }
    // Beside one that leads, another live is called by nobody.
    guard service != .live || twins[.live] == nil else { return }
    for (gateway, line) in before { try await link(gateway, to: service, from: line) }
  }

  /// Waits until a gateway has found every service that can be called.
  func findsAll(_ gateway: StackDaemon) async throws {
    for (service, daemon) in daemons where service != .gateway && daemon.process.end == nil {
      if await daemon.isReady { try await link(gateway, to: service) }
    }
  }

  /// One that was killed a moment ago may not have ended yet; it finds nobody any more.
  private func link(_ gateway: StackDaemon, to service: ServiceName, from line: Int = 0) async throws {
    do { try await gateway.finds(service, from: line) } catch {
      guard gateway.process.end != nil else { throw error }
    }
  }
}
