import Bus
import Settings

extension EnvironmentReader {
  /// The servers of NATS, none for TCP. Passwords do not stand there: they would show in every list of processes.
  mutating func natsServers() -> [String] {
    let expected = "tcp, or nats://host:port[,nats://host:port] without a password (tls:// for TLS)"
    return parsed("CARILLON_BUS", default: [], shown: "tcp", expected: expected, "how daemons meet") { text in
      guard text != "tcp" else { return [] }
      let urls = text.split(separator: ",").map(String.init)
      let isGood = urls.allSatisfy { url in
        guard let parts = URLParts(url), parts.user.isEmpty, parts.path.isEmpty, parts.query.isEmpty else {
          return false
        }
        return (parts.scheme == "nats" || parts.scheme == "tls") && Endpoint(parts.authority) != nil
      }
      return urls.isEmpty || !isGood ? nil : urls
    }
  }

  /// Nil without servers. Off loopback a daemon must show who it is, as over TCP.
  mutating func nats(at servers: [String]) -> NATSSettings? {
    let file = "CARILLON_NATS_CREDENTIALS_FILE"
    let secret = secret(file, "file (mode 0600) for NATS: its tools' .creds, user:password, or a token")
    let certificates = text(
      "CARILLON_NATS_CA_FILE",
      default: NATSSettings.systemCertificates,
      "certificates that may vouch for a tls:// NATS"
    )
    guard !servers.isEmpty else { return nil }
    let hosts = servers.compactMap { URLParts($0).flatMap { Endpoint($0.authority) } }
    if secret == nil, let foreign = hosts.first(where: { !$0.isLoopback }) {
      problem(file, "the bus leaves the loopback range (\(foreign)), so credentials are required")
    }
    let credentials = secret.flatMap { NATSSettings.Credentials(file: $0.path, content: $0.text) }
    if secret != nil, credentials == nil { problem(file, "the file holds no credentials") }
    return NATSSettings(servers: servers, credentials: credentials, certificateFile: certificates)
  }
}
