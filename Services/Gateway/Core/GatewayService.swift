import Bus
public import Daemon
import HTTP
import JSON
public import Loop
public import Postgres
public import Settings
import SocketIO
import Telemetry

/// `carillon-gateway`: the public ports, in front of every other daemon.
@LoopActor
public final class GatewayService: DaemonService {
  public nonisolated static let name = ServiceName.gateway
  public nonisolated static let migrations: [Migration] = []
  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> GatewayConfiguration {
    GatewayConfiguration(&reader)
  }

  private let configuration: GatewayConfiguration
  private let context: DaemonContext
  private let server: HTTPServer
  private let liveRoom: LiveRoom
  private let feeds: ChatFeeds
  private let chatPort: ChatPort
  private let appSockets: AppSockets

  public init(_ configuration: GatewayConfiguration, _ context: DaemonContext) {
    self.configuration = configuration
    self.context = context
    let auth = context.client(of: .auth)
    let metrics = GatewayMetrics(context.metrics)
    let report: @LoopActor (GatewayEvent) -> Void = { event in
      metrics.record(event)
      event.log(context.log, configuration.accessLog)
    }
    let liveAnswers = AnswerCache(lifetime: configuration.live.cache)
    let liveRoom = LiveRoom(
      context.client(of: .live),
      configuration.live,
      changed: { liveAnswers.change() },
      report: report
    )
    self.liveRoom = liveRoom
    let chat = context.client(of: .chat)
    let authenticator = Authenticator(auth: auth, clock: context.clock)
    let listening = ListenMetrics(context.metrics)
    feeds = ChatFeeds(
      chat: chat,
      authenticator: authenticator,
      clock: context.clock,
      limits: ListenLimits(configuration.listeners),
      typingLimit: configuration.limits["typing"],
      report: listening.record
    )
    chatPort = ChatPort(feeds, authenticator, trustsIdentity: configuration.trustsIdentityHeaders)
    let presence = feeds.people.exchange
    let eventTalk = EventTalk(chat: chat, calendar: context.client(of: .calendar), presence: presence)
    appSockets = AppSockets(
      configuration.appEngine,
      rooms: RoomSockets(feeds, authenticator, trustsIdentity: configuration.trustsIdentityHeaders),
      events: EventSockets(chat: chat, eventTalk, presence, authenticator, clock: context.clock)
    ) { report(.socket($0)) }
    let services = Services(
      auth: auth,
      stats: context.client(of: .stats),
      chat: chat,
      calendar: context.client(of: .calendar),
      delivery: context.client(of: .delivery),
      live: context.client(of: .live),
      liveRoom: liveRoom,
      liveAnswers: liveAnswers,
      operatorToken: configuration.live.operatorToken,
      authenticator: authenticator,
      feeds: feeds,
      appSockets: appSockets,
      eventTalk: eventTalk,
      apps: configuration.apps,
      health: SuiteHealth { context.client(of: $0) }
    )
    let gateway = Gateway(configuration, routes: PublicRoutes.all, services: services, report: report)
    server = HTTPServer(
      configuration: configuration.server,
      admit: { gateway.admit($0) },
      refusal: { gateway.refusal($0, $1) },
      handle: { await gateway.respond(to: $0) }
    )
    context.readyWhen("auth is away") { auth.isReady }
  }

  public func start() async throws {
    if configuration.trustsIdentityHeaders {
      context.log.log(.warning, "identity_headers_trusted", ["bind": .id(configuration.bind)])
    }
    liveRoom.start()
    feeds.start()
    let port = try listening(at: address(configuration.server.port), moving: "CARILLON_HTTP_PORT") {
      try server.start()
    }
    context.log.log(.info, "http_listening", ["host": .id(configuration.bind), "port": .int(port)])
    let chat = try await startChatPort()
    context.log.log(.info, "chat_listening", ["host": .id(configuration.bind), "port": .int(chat)])
  }

  private func startChatPort() async throws -> Int {
    if let descriptor = configuration.inherited.chat { return try chatPort.start(inheriting: descriptor) }
    let place = try await SocketAddress.resolve(host: configuration.bind, port: configuration.chatPort)
    return try listening(at: address(configuration.chatPort), moving: "CARILLON_CHAT_PORT") {
      try chatPort.start(on: place)
    }
  }

  private func address(_ port: Int) -> String {
    Endpoint(host: configuration.bind, port: port).description
  }

  /// Requests are answered to the last while sockets are told to go, some at a time: all at once would come back at once.
  public func drain() async {
    let requests = onLoop { [self] in await server.drain(within: context.drainLimit, grace: configuration.drainGrace) }
    chatPort.stop()
    await appSockets.server.stop(within: context.drainLimit / 4)
    await liveRoom.drain(within: context.drainLimit / 4)
    await feeds.endAll()
    await requests.value
  }
}

/// The whole public route table, surface by surface.
enum PublicRoutes {
  static let all: [Route] =
    SuiteSurface.routes + SuiteSurface.deviceRoutes + StatsSurface.routes + ChatSurface.routes + PicteverSurface.routes
    + JarvisSurface.routes + LiveSurface.routes
}
