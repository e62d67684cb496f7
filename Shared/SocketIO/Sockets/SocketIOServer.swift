public import HTTP
public import Loop

/// A server of Socket.IO for clients of every version from 1 to 4, on one path.
@LoopActor
public final class SocketIOServer {
  public let settings: EngineSettings
  let events: @LoopActor (SocketIOEvent) -> Void
  private lazy var engine = EngineServer(settings, events: events) { [unowned self] in _ = SocketClient($0, self) }
  private var namespaces: [String: Namespace] = [:]

  /// `events` is told what happens, for logs and metrics.
  public init(_ settings: EngineSettings, events: @escaping @LoopActor (SocketIOEvent) -> Void = { _ in }) {
    self.settings = settings
    self.events = events
  }

  public var sessionCount: Int { engine.sessionCount }

  /// The namespace of that name, which clients may join from the first time it is asked for; it begins with `/`.
  public func namespace(_ name: String = "/") -> Namespace {
    if let known = namespaces[name] { return known }
    let made = Namespace(name)
    namespaces[name] = made
    return made
  }

  func known(_ name: String) -> Namespace? { namespaces[name] }

  /// Whether the path is the server's once it is decoded, with or without the slash at its end.
  public func serves(path: String) -> Bool { engine.serves(path: path) }

  /// Decides from its head alone whether a request to the path may bring a body; one that is too long is to be refused with
  /// 413 and no body. An admitted request bears the finding.
  public func admit(_ head: HTTPRequestHead, finding: (any AnyObject & Sendable)? = nil) -> HTTPAdmission {
    engine.admit(head, finding: finding)
  }

  /// Answers any request to the path that was admitted: polls, posts, upgrades and preflights. `address`, by which handshakes are counted, is the
  /// connection's other end unless given.
  public func handle(_ request: HTTPRequest, address: String? = nil) async -> HTTPResponse {
    await engine.handle(request, address: address)
  }

  /// Takes no new session and ends all there are, in a way that lets their clients come back to another process.
  public func stop() { engine.stop() }

  /// As `stop`, but lets the sessions go some at a time, at most over `limit`.
  public func stop(within limit: Duration) async { await engine.stop(within: limit) }
}
