/// A host and a port; the host may be a name, which is looked up when it is used.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  public let host: String
  public let port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port` or `[v6]:port`; nil for anything else.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, host.utf8.allSatisfy(\.isHostByte) else { return nil }
    self.init(host: String(host), port: port)
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether the host can only be this machine; another name counts as foreign, whatever it resolves to.
  public var isLoopback: Bool { host.isLoopbackHost }
}

extension String {
  /// Whether the text is `localhost` or an address of the loopback range.
  public var isLoopbackHost: Bool { hasPrefix("127.") || self == "::1" || self == "localhost" }
}

extension UInt8 {
  fileprivate var isHostByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default:
      [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%")].contains(self)
    }
  }
}

extension EnvironmentReader {
  public mutating func endpoint(_ name: String, default fallback: Endpoint, _ meaning: String) -> Endpoint {
    parsed(name, default: fallback, shown: "\(fallback)", expected: "host:port", meaning) { Endpoint($0) }
  }

  /// One or more, between commas.
  public mutating func endpoints(_ name: String, default fallback: [Endpoint], _ meaning: String) -> [Endpoint] {
    let shown = fallback.map(\.description).joined(separator: ",")
    return parsed(name, default: fallback, shown: shown, expected: "host:port[,host:port]", meaning) { text in
      let parts = text.settingParts
      let endpoints = parts.compactMap { Endpoint($0) }
      return endpoints.isEmpty || endpoints.count < parts.count ? nil : endpoints
    }
  }
}
