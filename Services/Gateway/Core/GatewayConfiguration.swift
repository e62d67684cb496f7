import HTTP
import Settings
import SocketIO

/// The gateway's settings, as the environment gave them.
public struct GatewayConfiguration: Sendable {
  var bind: String
  var port: Int
  var chatPort: Int
  var listeners: ListenLimits.Most
  var trustsIdentityHeaders: Bool
  var acceptsAnyUserText: Bool
  /// Origins whose pages may call; none turns cross-origin answers off.
  var origins: [String]
  var limits: [String: RateLimit]
  var apps: AppSettings
  var live: LiveSettings
  var accessLog: AccessLog
  var connectionLimit: Int
  var inherited: InheritedSockets
  /// How long a resting connection stays after a stop was asked.
  var drainGrace: Duration

  /// Which answered requests become a log line.
  enum AccessLog: String, CaseIterable, Sendable { case all, errors, off }

  init(_ reader: inout EnvironmentReader) {
    bind = reader.text("CARILLON_BIND", default: "127.0.0.1", "address of the public ports")
    port = reader.int("CARILLON_HTTP_PORT", default: 8080, in: 0...65535, "public HTTP port; 0 takes a free one")
    chatPort = reader.int(
      "CARILLON_CHAT_PORT",
      default: 2004,
      in: 0...65535,
      "port of chat's live socket; 0 takes a free one"
    )
    listeners = ListenLimits.Most(&reader)
    trustsIdentityHeaders = reader.flag(
      "CARILLON_TRUST_IDENTITY_HEADERS",
      default: false,
      "whether a bare `user` or `X-User-Id` header is an identity; only behind a proxy that sets it"
    )
    acceptsAnyUserText = StatsIDMode.read(&reader) == .any
    origins = reader.list("CARILLON_CORS_ORIGINS", default: [], "origins whose pages may call, separated by commas")
    connectionLimit = reader.int(
      "CARILLON_HTTP_CONNECTIONS",
      default: 20_000,
      in: 10...1_000_000,
      "most client connections at once"
    )
    inherited = InheritedSockets(&reader)
    drainGrace = reader.duration(
      "CARILLON_DRAIN_GRACE",
      default: .seconds(1),
      in: .zero ... .seconds(60),
      "a client's resting connection is closed so long after a stop; one in use is told to close before"
    )
    accessLog = reader.choice("CARILLON_ACCESS_LOG", default: .all, "which requests are logged")
    limits = GatewayConfiguration.limits(&reader)
    apps = AppSettings(&reader)
    live = LiveSettings(&reader, origins: origins)
  }

  /// The chat's and the planner's sockets, at the root as their apps expect.
  var appEngine: EngineSettings {
    var engine = EngineSettings()
    engine.maximumPayload = BodyRule.maximumBytes
    engine.origins = origins.isEmpty ? .same : .allow(Set(origins))
    if limits.isEmpty { engine.handshakesPerMinute = 0 }
    return engine
  }

  var server: HTTPServerConfiguration {
    var server = HTTPServerConfiguration()
    server.host = bind
    server.port = port
    server.inheritedDescriptor = inherited.http
    server.connectionLimit = connectionLimit
    return server
  }

  private enum StatsIDMode: String, CaseIterable {
    case strict, any

    static func read(_ reader: inout EnvironmentReader) -> StatsIDMode {
      reader.choice(
        "CARILLON_STATS_ID_MODE",
        default: .strict,
        "form of the ids of study sessions; as the stats daemon"
      )
    }
  }

  private static func limits(_ reader: inout EnvironmentReader) -> [String: RateLimit] {
    let on = reader.flag("CARILLON_RATE_LIMITS", default: true, "off: no rate limit of any kind, for benchmarks")
    var limits: [String: RateLimit] = [:]
    limits["stats_writes"] = rate(
      &reader,
      "STATS_WRITES",
      perSecond: 50,
      burst: 200,
      "study-session writes per user and second"
    )
    limits["stats_batches"] = rate(
      &reader,
      "STATS_BATCHES",
      perSecond: 0.5,
      burst: 4,
      "batches of study-session writes per user and second"
    )
    limits["operator_messages"] = rate(
      &reader,
      "OPERATOR_MESSAGES",
      perSecond: 1,
      burst: 10,
      "messages to everybody per address and second, tries without a token among them"
    )
    limits["contact_uploads"] = rate(
      &reader,
      "CONTACT_UPLOADS",
      perSecond: 20.0 / 86_400,
      burst: 20,
      "uploads of phone books per user and second"
    )
    limits["typing"] = rate(&reader, "TYPING", perSecond: 2, burst: 20, "typing notices per user and second")
    limits["calendar_files"] = rate(
      &reader,
      "CALENDAR_FILES",
      perSecond: 0.1,
      burst: 10,
      "calendar files taken in per user and second"
    )
    limits["rsvp"] = rate(
      &reader,
      "RSVP",
      perSecond: 1,
      burst: 60,
      "looks at invitations, and answers to them, per address and second"
    )
    limits["name_claims"] = rate(&reader, "NAME_CLAIMS", perSecond: 5.0 / 3600, burst: 5, "claimed names per address")
    return on ? limits : [:]
  }

  private static func rate(
    _ reader: inout EnvironmentReader,
    _ name: String,
    perSecond: Double,
    burst: Int,
    _ meaning: String
  ) -> RateLimit {
    RateLimit(
      perSecond: reader.number("CARILLON_LIMIT_\(name)_RATE", default: perSecond, in: 0.0001...1_000_000, meaning),
      burst: reader.int("CARILLON_LIMIT_\(name)_BURST", default: burst, in: 1...1_000_000, "most of these at once")
    )
  }
}

extension ListenLimits.Most {
  init(_ reader: inout EnvironmentReader) {
    self.init()
    let range = 1...1_000_000
    all = reader.int("CARILLON_CHAT_LISTENERS", default: all, in: range, "most live chat connections")
    perAddress = reader.int(
      "CARILLON_CHAT_LISTENERS_PER_ADDRESS",
      default: perAddress,
      in: range,
      "most live chat connections from one address"
    )
    perUser = reader.int(
      "CARILLON_CHAT_LISTENERS_PER_USER",
      default: perUser,
      in: range,
      "most rooms' feeds a user may listen to at once"
    )
    perUserAndRoom = reader.int(
      "CARILLON_CHAT_LISTENERS_PER_ROOM",
      default: perUserAndRoom,
      in: range,
      "most live connections of a user to one room"
    )
  }
}
