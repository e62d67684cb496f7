public import Bus
public import Loop
public import Postgres
public import Settings
public import Telemetry
public import Time

/// What a daemon's parts are given: the time, a log, metrics, the bus and the database, each the one of the process.
@LoopActor
public final class DaemonContext {
  public nonisolated let name: ServiceName
  public nonisolated let clock: WallClock
  public nonisolated let log: Logger
  public nonisolated let metrics: MetricsRegistry
  /// Where the daemon's calls are registered and its events published; listens once the service has started.
  public let bus: BusServer
  /// How long `DaemonService.drain` may take, which is half of the whole limit: the bus calls before it have the other.
  public nonisolated let drainLimit: Duration
  private let store: Database?
  private let services: [ServiceName: [Endpoint]]
  private let busKey: BusKey?
  /// Nil where daemons meet over TCP.
  let line: NATSLine?
  private var clients: [ServiceName: BusClient] = [:]
  private var conditions: [(reason: String, holds: @LoopActor () -> Bool)] = []
  let workers: Workers
  private let events: EventSink<DaemonEvent>

  /// Made by `DaemonMain`, and by tests that run a service without a process around it.
  public init(
    name: ServiceName,
    clock: WallClock = .system,
    log: Logger,
    metrics: MetricsRegistry = MetricsRegistry(),
    bus: BusServer,
    database: Database? = nil,
    services: [ServiceName: [Endpoint]] = [:],
    busKey: BusKey? = nil,
    line: NATSLine? = nil,
    drainLimit: Duration = .seconds(5),
    events: @escaping EventSink<DaemonEvent> = { _ in }
  ) {
    self.name = name
    self.clock = clock
    self.log = log
    self.metrics = metrics
    self.bus = bus
    store = database
    self.services = services
    self.busKey = busKey
    self.line = line
    line?.start()
    self.drainLimit = drainLimit
    self.events = events
    workers = Workers(events: events)
  }

  /// Traps in a daemon without migrations, which has none.
  public var database: Database {
    guard let store else { preconditionFailure("\(name.rawValue) keeps nothing, so it has no database") }
    return store
  }

  /// The way to another service, connecting in the background from the first time it is asked for.
  public func client(of service: ServiceName) -> BusClient {
    if let known = clients[service] { return known }
    let notice: @LoopActor (BusNotice) -> Void = { [events] in events(.bus($0)) }
    let client: BusClient
    if let line {
      client = BusClient(service: service.rawValue, over: line, notice: notice)
    } else {
      let endpoints = (services[service] ?? []).map { (host: $0.host, port: $0.port) }
      client = BusClient(service: service.rawValue, endpoints: endpoints, key: busKey, notice: notice)
    }
    clients[service] = client
    client.start()
    return client
  }

  /// Runs something for as long as the daemon lives, such as a relay; it is cancelled and awaited after the service has
  /// drained. If it ends before, well or badly, the daemon leaves with `tryAgain` rather than live on half-dead.
  public func work(_ name: StaticString, _ body: @escaping @LoopActor () async throws -> Void) {
    workers.add(name, body)
  }

  /// Says "not ready" with the reason whenever the condition does not hold; asked at each probe.
  public func readyWhen(_ reason: String, _ holds: @escaping @LoopActor () -> Bool) {
    conditions.append((reason, holds))
  }

  /// The reasons of the conditions that do not hold now.
  var unmet: [String] {
    let away = store.map { $0.isAvailable ? [] : ["database"] } ?? []
    let alone = line.map { $0.isReady ? [] : ["bus"] } ?? []
    return away + alone + conditions.filter { !$0.holds() }.map(\.reason)
  }

  func endClients() async {
    for client in clients.values { client.end() }
    await line?.end()
  }

  func closeDatabase() async { await store?.close() }
}
