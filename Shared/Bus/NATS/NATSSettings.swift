/// Where NATS is, and what a daemon shows it.
public struct NATSSettings: Sendable {
  public enum Credentials: Sendable {
    /// A file as NATS's own tools write it: a signed name and the key that proves it.
    case file(String)
    case user(String, password: String)
    case token(String)
  }

  /// `nats://host:port` or `tls://host:port`; one of them is enough to find the others of a cluster.
  public var servers: [String]
  public var credentials: Credentials?
  /// The certificates a `tls://` server may be vouched for by.
  public var certificateFile: String

  public static let systemCertificates = "/etc/ssl/certs/ca-certificates.crt"

  public init(
    servers: [String],
    credentials: Credentials? = nil,
    certificateFile: String = NATSSettings.systemCertificates
  ) {
    self.servers = servers
    self.credentials = credentials
    self.certificateFile = certificateFile
  }

  var isSecure: Bool { servers.contains { $0.hasPrefix("tls://") } }
}

extension NATSSettings.Credentials {
  /// Reads what a credentials file holds: NATS's own form, `user:password`, or a token. Nil for an empty one.
  public init?(file path: String, content: String) {
    guard !content.isEmpty else { return nil }
    if content.contains("-----BEGIN NATS USER JWT-----") {
      self = .file(path)
    } else if let colon = content.firstIndex(of: ":") {
      self = .user(String(content[..<colon]), password: String(content[content.index(after: colon)...]))
    } else {
      self = .token(content)
    }
  }
}
