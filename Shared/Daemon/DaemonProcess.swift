import Bus
import Glibc
import Loop
import Postgres
import Settings
import Telemetry
import Time
import Wire

/// One daemon from its start to its end, in the order that `DaemonService` promises.
@LoopActor
final class DaemonProcess<S: DaemonService> {
  private let settings: DaemonSettings
  private let context: DaemonContext
  private let database: Database?
  private let log: Logger
  private let metrics = MetricsRegistry()
  private let supervisor: SupervisorNotice
  private let beginning = ContinuousClock.now
  private var lifecycle = Lifecycle()
  private var service: S?
  private var admin: AdminEndpoint?
  private var signals: [SignalWatch] = []
  private let processMetrics: ProcessMetrics
  private let report: EventSink<DaemonEvent>

  init(_ settings: DaemonSettings, unknown: [UnknownSetting], _ log: Logger) {
    self.settings = settings
    self.log = log
    let reporter = DaemonReporter(log, metrics, database: settings.databaseSource)
    let report: EventSink<DaemonEvent> = { reporter.report($0) }
    self.report = report
    supervisor = SupervisorNotice(socketName: settings.notifySocket)
    let database = settings.database.map { Database($0) { report(.database($0)) } }
    self.database = database
    context = DaemonContext(of: S.name, settings, log, metrics, database, report)
    processMetrics = ProcessMetrics(metrics, context.clock) { report(.clockJumped(by: $0)) }
    report(.starting)
    if let file = settings.clockFile { report(.clockMovable(file: file)) }
    for setting in unknown { report(.settingUnknown(setting)) }
  }

  // MARK: - Start

  func run(_ configuration: S.Configuration) async {
    watchSignals()
    exposeState()
    do {
      try await start(configuration)
    } catch {
      guard lifecycle.phase == .starting else { return }
      report(.cannotStart(reason: String(describing: error)))
      leave(.tryAgain)
    }
  }

  private func start(_ configuration: S.Configuration) async throws {
    try startAdmin()
    report(.adminListening(settings.admin))
    processMetrics.start()
    database?.start()
    await prepareSchema()
    let service = try S(configuration, context)
    self.service = service
    try await service.start()
    guard lifecycle.phase == .starting else { return }
    answerProbes()
    try listenOnBus()
    guard lifecycle.becameReady() else { return }
    supervisor.tell(.ready)
    report(.ready(after: .now - beginning))
  }

  private func startAdmin() throws {
    let admin = AdminEndpoint(on: settings.admin, service: S.name, metrics) { [unowned self] in
      lifecycle.reasons(unmet: context.unmet)
    }
    try listening(at: "\(settings.admin)", moving: "CARILLON_ADMIN_PORT") { try admin.start() }
    self.admin = admin
  }

  private func answerProbes() {
    context.bus.on(CheckReady.self) { [unowned self] _, _ in
      guard isReady else { throw Failure.unavailable }
      return Empty()
    }
  }

  private func listenOnBus() throws {
    if let line = context.line { return context.bus.serve(over: line) }
    guard let address = SocketAddress(host: settings.bus.host, port: settings.bus.port) else {
      throw SocketError(code: EINVAL)
    }
    try listening(at: "\(settings.bus)", moving: "CARILLON_BUS_PORT") { try context.bus.listen(on: address) }
    report(.busListening(settings.bus))
  }

  /// Returns when the schema is ready, or when a stop was asked meanwhile; else ends the process.
  private func prepareSchema() async {
    switch await schema()?.run(while: { lifecycle.phase == .starting }) {
    case .ready, .abandoned, nil: break
    case .refused: leave(.configuration)
    case .failed: leave(.tryAgain)
    }
  }

  /// Only brings the schema up to date; gives PostgreSQL half a minute to answer.
  func migrate() async -> Never {
    let limit = ContinuousClock.now + .seconds(30)
    switch await schema()?.run(while: { .now < limit }) {
    case .ready, nil: leave(.clean)
    case .refused: leave(.configuration)
    case .failed, .abandoned: leave(.tryAgain)
    }
  }

  private func schema() -> SchemaPreparation? {
    settings.database.map {
      SchemaPreparation(schema: S.name.rawValue, migrations: S.migrations, database: $0, report: report)
    }
  }

  private func exposeState() {
    metrics.gauge("carillon_build_info", "The version that runs.", labels: ["version": suiteVersion]) { 1 }
    metrics.gauge("carillon_ready", "1 while requests are welcome.") { [weak self] in
      LoopActor.assumeIsolated { self?.isReady == true ? 1 : 0 }
    }
    metrics.gauge("carillon_bus_active_calls", "Bus calls being handled now.") { [bus = context.bus] in
      LoopActor.assumeIsolated { Double(bus.activeCalls) }
    }
  }

  private var isReady: Bool { lifecycle.reasons(unmet: context.unmet).isEmpty }

  // MARK: - End

  /// The watches live as long as the process, and keep this object as long.
  private func watchSignals() {
    signals = [SIGTERM, SIGINT].map { signal in SignalWatch(signal) { [self] in stopAsked(signal) } }
  }

  private func stopAsked(_ signal: Int32) {
    report(.stopAsked(signal: signal))
    switch lifecycle.stopAsked() {
    case .cut: leave(.cut)
    case .drain: onLoop { [self] in await drain() }
    }
  }

  private func drain() async {
    let asked = ContinuousClock.now
    supervisor.tell(.stopping)
    let limit = Timer { [self] in
      report(.drainCut)
      leave(.clean)
    }
    limit.arm(after: settings.drainDelay + settings.drainLimit)
    if settings.drainDelay > .zero { try? await pause(for: settings.drainDelay) }
    service?.stopping()
    await context.bus.drain(within: context.drainLimit)
    if context.bus.activeCalls > 0 { report(.drainCut) }
    await service?.drain()
    await context.workers.stop()
    await context.endClients()
    await context.closeDatabase()
    report(.drained(after: .now - asked))
    leave(.clean)
  }

  private func leave(_ status: ExitStatus) -> Never {
    log.flush()
    status.leave()
  }
}
