import Loop

/// How one server of Engine.IO behaves; the defaults are those of the suite.
public struct EngineSettings: Sendable {
  /// The decoded path; clients add the slash at its end, and it is served without it too.
  public var path = "/socket.io/"
  /// When the next heartbeat is due after a handshake or the last heartbeat.
  public var pingInterval: Duration = .seconds(25)
  /// How much later the other side's part of the heartbeat may come.
  public var pingTimeout: Duration = .seconds(20)
  /// How long a WebSocket may probe before it must have become the session's transport.
  public var upgradeTimeout: Duration = .seconds(10)
  /// How long a client of Socket.IO 5 may take to connect to its first namespace.
  public var connectTimeout: Duration = .seconds(20)
  /// The longest message and POST body, in bytes.
  public var maximumPayload = 1_000_000
  /// Packets in one POST.
  public var maximumPackets = 128
  /// Binary attachments of one packet.
  public var maximumAttachments = 10
  /// What may wait for a client that does not take it; more ends its session.
  public var queuedPackets = 1000
  public var queuedBytes = 1 << 20
  /// Sessions begun from one address within a minute; 0 means no bound.
  public var handshakesPerMinute = 600
  /// Whether clients of Socket.IO 1 and 2 are served.
  public var allowsRevision3 = true
  /// Whether clients may poll by script elements (JSONP), which lets the pages of any host use the server, whatever
  /// `origins` says.
  public var allowsScripts = false
  /// Whether the handshake sets the cookie `io`, by which a proxy can send a client to the same process again. It proves nothing.
  public var setsCookie = false
  public var origins = OriginRule.same

  public init() {}
}

/// Which web pages may use the server; programs that are no browsers send no `Origin` and are not meant.
public enum OriginRule: Sendable, Equatable {
  /// Pages of the server's own host.
  case same
  /// Those, and pages of the listed origins, such as `https://app.example`; they get CORS headers.
  case allow(Set<String>)
  case any
}

extension EngineSettings {
  var timing: EngineTiming {
    EngineTiming(
      pingInterval: Int64(pingInterval.roundedUpMilliseconds),
      pingTimeout: Int64(pingTimeout.roundedUpMilliseconds),
      upgradeTimeout: Int64(upgradeTimeout.roundedUpMilliseconds)
    )
  }
}
