/// The daemons of the suite, in the order of their ports.
public enum ServiceName: String, CaseIterable, Sendable, Hashable {
  case gateway, auth, calendar, chat, delivery, stats, live

  /// What is added to a base port to get this daemon's own; part of what operators know, so never reordered.
  public var offset: Int {
    switch self {
    case .gateway: 0
    case .auth: 1
    case .calendar: 2
    case .chat: 3
    case .delivery: 4
    case .stats: 5
    case .live: 6
    }
  }

  /// The name inside settings, such as `AUTH` in `CARILLON_AUTH_BUS`.
  public var settingWord: String { rawValue.uppercased() }
}

extension EnvironmentReader {
  /// The port of one daemon's bus when nothing else is set: the base port plus the daemon's offset.
  public mutating func busPort(of service: ServiceName) -> Int {
    int("CARILLON_BUS_PORT", default: 7100, in: 1...65_000, "base port of the bus; each daemon adds its own offset")
      + service.offset
  }

  /// The port of one daemon's admin endpoint, from its own base port.
  public mutating func adminPort(of service: ServiceName) -> Int {
    int("CARILLON_ADMIN_PORT", default: 7200, in: 1...65_000, "base port for health and metrics, offset as the bus")
      + service.offset
  }

  /// Where the copies of a service are called: its own setting, or this machine at the service's bus port.
  public mutating func busEndpoints(of service: ServiceName) -> [Endpoint] {
    let fallback = [Endpoint(host: "127.0.0.1", port: busPort(of: service))]
    return endpoints(
      "CARILLON_\(service.settingWord)_BUS",
      default: fallback,
      "where the copies of \(service.rawValue) are called"
    )
  }
}
