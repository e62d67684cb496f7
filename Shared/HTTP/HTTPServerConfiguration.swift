/// Bounds of one server. The defaults suit a public port behind no proxy, except `perAddressLimit`, which is off.
public struct HTTPServerConfiguration: Sendable {
  /// A numeric address to listen on.
  public var host = "127.0.0.1"
  /// 0 lets the system choose.
  public var port = 0
  /// A socket that already listens, from a supervisor or a test; host and port are then ignored. It is closed by the server.
  public var inheritedDescriptor: Int32?
  /// Lets several processes share the port.
  public var reusesPort = false
  public var backlog = 4096

  /// Connections beyond it are answered 503 and closed; far beyond it they wait unaccepted.
  public var connectionLimit = 20_000
  /// Connections from one address beyond it are closed without a word; 0 means no bound.
  public var perAddressLimit = 0

  /// The whole time a request's headers may take, counted from the accept or from the request line.
  public var headerTimeout: Duration = .seconds(10)
  /// How long a connection may rest between requests, or stall while a response is sent.
  public var idleTimeout: Duration = .seconds(75)
  /// The whole time a request's body may take.
  public var bodyTimeout: Duration = .seconds(30)

  /// Buffer of one connection, held while it rests too. It needs some 4 KB beyond `maximumHeaderBytes`, or headers near that
  /// bound are answered by libmicrohttpd in its own words.
  public var memoryPerConnection = 12_288
  /// Request line and headers together.
  public var maximumHeaderBytes = 8192
  public var maximumTargetBytes = 4096
  /// The body limit of callers that do not decide per request.
  public var maximumBodyBytes = 65_536

  public init() {}
}
