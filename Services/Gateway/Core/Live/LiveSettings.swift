import Settings
import SocketIO

/// What an operator can set of the counter's surface.
struct LiveSettings: Sendable {
  /// How old a list may be that is answered again.
  var cache: Duration
  /// Whoever bears it may send messages to everybody.
  var operatorToken: Secret?
  var engine = EngineSettings()
  /// What a client may send before it is cut off.
  var floodLimit: FloodGuard.Limit? = FloodGuard.Limit()

  init(_ reader: inout EnvironmentReader, origins: [String]) {
    cache = reader.duration(
      "CARILLON_LIVE_CACHE",
      default: .seconds(1),
      in: .zero ... .seconds(60),
      "how old a list of the counter may be that is answered again"
    )
    operatorToken = reader.secret(
      "CARILLON_LIVE_OPERATOR_TOKEN_FILE",
      "file with the token that lets the operator send messages to everybody and count those under way"
    )
    engine.path = "/api/socket.io/"
    engine.maximumPayload = 100_000
    engine.origins = origins.isEmpty ? .same : .allow(Set(origins))
    engine.allowsScripts = reader.flag(
      "CARILLON_LIVE_JSONP",
      default: false,
      "on: browsers of before 2012 may poll the counter by scripts; then pages of any origin may use it"
    )
    heartbeats(&reader)
    limits(&reader)
  }

  private mutating func heartbeats(_ reader: inout EnvironmentReader) {
    engine.pingInterval = reader.duration(
      "CARILLON_LIVE_PING_INTERVAL",
      default: engine.pingInterval,
      in: .milliseconds(100)...(.seconds(300)),
      "time between heartbeats of the counter's sockets"
    )
    engine.pingTimeout = reader.duration(
      "CARILLON_LIVE_PING_TIMEOUT",
      default: engine.pingTimeout,
      in: .milliseconds(100)...(.seconds(300)),
      "how much later than due a heartbeat may come"
    )
  }

  private mutating func limits(_ reader: inout EnvironmentReader) {
    engine.handshakesPerMinute = reader.int(
      "CARILLON_LIVE_HANDSHAKES",
      default: engine.handshakesPerMinute,
      in: 0...1_000_000,
      "new connections to the counter from one address within a minute; 0 is no limit"
    )
    guard !reader.flag("CARILLON_RATE_LIMITS", default: true, "off: no rate limit of any kind, for benchmarks") else {
      return
    }
    engine.handshakesPerMinute = 0
    floodLimit = nil
  }
}
