public import Glibc
public import Loop
public import Settings
import Testing

/// Real daemons on ports of their own with a database of their own, for one test or one serialized suite.
@LoopActor
public final class Stack {
  /// The ports of the first gateway.
  public let httpPort: Int
  public let chatPort: Int
  public let transport: Transport
  public private(set) var daemons: [ServiceName: StackDaemon] = [:]

  /// The second daemon of each service, in a stack of two copies.
  public private(set) var twins: [ServiceName: StackDaemon] = [:]
  /// The NATS server that the daemons meet at, where this stack has one of its own.
  public let broker: Broker?

  private var extras: [StackDaemon] = []
  /// All that was ever started, in this order.
  private var started: [StackDaemon] = []
  private let ports: PortBlock
  private let twinPorts: PortBlock?
  private let folder: ScratchFolder
  private let database: TestDatabase
  let environment: [String: String]
  private let services: [ServiceName]
  private let programs: String

  /// Every service that this build has, in the order they start.
  public nonisolated static let everything: [ServiceName] = [
    .auth, .chat, .calendar, .stats, .delivery, .live, .gateway,
  ]

  /// Runs the body with started and ready daemons; stops them and drops the database whatever happens.
  ///
  /// Daemons see nothing of the tests' environment: defaults, then `settings`. The server is the test run's unless a
  /// cluster is given; `programs` is the folder of another build's daemons. Two copies share all calls. At noon, no hour
  /// and no day of UTC ends while a test runs, except where it makes one end.
  public static func with<T>(
    _ services: [ServiceName] = everything,
    settings: [String: String] = [:],
    on cluster: PostgresCluster? = nil,
    from programs: String? = nil,
    over transport: Transport = TestEnvironment.transport,
    copies: Int = TestEnvironment.copies,
    atNoon: Bool = false,
    _ body: @LoopActor (Stack) async throws -> T
  ) async throws -> T {
    let server = cluster?.url ?? TestEnvironment.databaseURL ?? ""
    // Whoever names a bus has one.
    let broker = transport == .nats && settings["CARILLON_BUS"] == nil ? try await Broker.start() : nil
    let place = Place(transport: transport, broker: broker, copies: copies, server: server, programs: programs)
    let stack: Stack
    do { stack = try await Stack(services, settings: settings, place) } catch {
      await broker?.stop()
      throw error
    }
    var result: Result<T, any Error>
    do {
      if atNoon { try stack.beginAtNoon() }
      try await stack.start()
      let killing = TestEnvironment.killsCopies && copies > 1 ? Killing(stack, services) : nil
      do { result = .success(try await body(stack)) } catch { result = .failure(error) }
      try await killing?.stop()
    } catch {
      result = .failure(error)
    }
    await stack.stop()
    return try result.get()
  }

  private struct Place {
    let transport: Transport
    let broker: Broker?
    let copies: Int
    let server: String
    let programs: String?
  }

  private init(_ services: [ServiceName], settings: [String: String], _ place: Place) async throws {
    self.services = services
    transport = place.transport
    broker = place.broker
    ports = try PortBlock.claim()
    twinPorts = place.copies > 1 ? try PortBlock.claim() : nil
    httpPort = ports.http
    chatPort = ports.chat
    database = try await TestDatabase.create(on: place.server)
    folder = try ScratchFolder("stack")
    let own = [
      "CARILLON_STATE": folder.path,
      "CARILLON_BUS_PORT": "\(ports.bus)",
      "CARILLON_ADMIN_PORT": "\(ports.admin)",
      "CARILLON_HTTP_PORT": "\(ports.http)",
      "CARILLON_CHAT_PORT": "\(ports.chat)",
      "CARILLON_DATABASE_URL": database.url(as: "carillon_{service}"),
      "CARILLON_CLOCK_FILE": "\(folder.path)/clock",
      "CARILLON_LOG_LEVEL": "debug",
      // The least that Argon2 takes: suites run side by side, and hashes at full cost would wait for them all.
      "CARILLON_PASSWORD_MEMORY": "8",
      "CARILLON_PASSWORD_PASSES": "1",
    ]
    let buses = Stack.buses(services, ports, twinPorts, broker)
    environment = TestEnvironment.bare.merging(own) { $1 }.merging(buses) { $1 }.merging(settings) { $1 }
    programs = place.programs ?? TestEnvironment.daemons ?? "\(TestEnvironment.root)/.build/debug"
  }

  private static func buses(
    _ services: [ServiceName],
    _ ports: PortBlock,
    _ twins: PortBlock?,
    _ broker: Broker?
  ) -> [String: String] {
    if let broker { return ["CARILLON_BUS": broker.url] }
    guard let twins else { return [:] }
    var settings: [String: String] = [:]
    for service in services {
      let both = [ports, twins].map { "127.0.0.1:\($0.bus + service.offset)" }
      settings["CARILLON_\(service.settingWord)_BUS"] = both.joined(separator: ",")
    }
    return settings
  }

  // MARK: - Where things are

  /// What another stack is set to, so that its daemons call these services of this one.
  public func buses(of services: ServiceName...) -> [String: String] {
    if transport == .nats { return ["CARILLON_BUS": environment["CARILLON_BUS"] ?? ""] }
    return Dictionary(
      uniqueKeysWithValues: services.map { service in
        let name = "CARILLON_\(service.settingWord)_BUS"
        return (name, environment[name] ?? "127.0.0.1:\(busPort(of: service))")
      }
    )
  }

  /// The public ports of all gateways that clients may count on.
  public var httpPorts: [Int] {
    guard let twinPorts, !TestEnvironment.killsCopies else { return [httpPort] }
    return [httpPort, twinPorts.http]
  }

  public func busPort(of service: ServiceName) -> Int { ports.bus + service.offset }
  public func adminPort(of service: ServiceName) -> Int { ports.admin + service.offset }

  /// A gateway's public port, with headers for every request; of two gateways, one after the other.
  public func client(_ headers: [(String, String)] = []) -> TestClient {
    clients += 1
    return TestClient(port: httpPorts[clients % httpPorts.count], headers: headers)
  }

  private var clients = 0

  /// A port whose socket this process keeps and hands to every gateway started from now on, as a supervisor would; then
  /// gateways have this public port and no other.
  public func keepPort() throws -> Int {
    let kept = try KeptSocket()
    keptSocket = kept
    return kept.port
  }

  private var keptSocket: KeptSocket?

  private func sockets(for service: ServiceName) -> [Int32] {
    service == .gateway ? keptSocket.map { [$0.descriptor] } ?? [] : []
  }

  /// The stack's database as one service's role sees it; nil is the superuser.
  public func databaseURL(as service: ServiceName? = nil) -> String {
    database.url(as: service.map { "carillon_\($0.rawValue)" })
  }

  /// A daemon of this stack; throws when it was never started.
  public func daemon(_ service: ServiceName) throws -> StackDaemon {
    guard let daemon = daemons[service] else { throw Overdue(awaited: service.rawValue, seen: "it was never started") }
    return daemon
  }

  /// Every line that any daemon said, dead ones too; for tests that a secret is in none.
  public var allLines: [String] { (Array(daemons.values) + Array(twins.values)).flatMap(\.lines) }

  // MARK: - What can happen

  /// Shifts the clock of every daemon, on top of earlier shifts; they all see it when this returns.
  public func moveClock(by seconds: Double) async throws {
    shift += seconds
    try writeClock()
    // A daemon looks at the file no more often than every 50 ms, and tells nobody when it did.
    try await pause(for: .milliseconds(60))
  }

  private var shift = 0.0

  private func beginAtNoon() throws {
    shift = Double(43_200 - time(nil) % 86_400)
    try writeClock()
  }

  /// What the daemons take for now, in whole seconds since 1970.
  public var clockSeconds: Int { time(nil) + Int(shift) }

  /// In one step, so that no daemon reads half a number.
  private func writeClock() throws {
    let fresh = "\(folder.path)/clock.new"
    guard let file = fopen(fresh, "w") else { throw SpawnFailure(program: fresh, code: errno) }
    fputs("\(shift)\n", file)
    fclose(file)
    rename(fresh, "\(folder.path)/clock")
  }

  /// Starts one daemon and waits until it is ready and the gateways have found it; it takes over the lines of its
  /// predecessor.
  public func start(_ service: ServiceName) async throws { try await settled(service, launch) }

  /// Starts a second daemon of a service beside the first, on ports of its own, and waits until it is ready. Nobody calls
  /// it; it is there for what copies do by themselves.
  public func startCopy(of service: ServiceName) async throws -> StackDaemon {
    let ports = try PortBlock.claim()
    let own = ["CARILLON_BUS_PORT": "\(ports.bus)", "CARILLON_ADMIN_PORT": "\(ports.admin)"]
    let program = "\(programs)/carillon-\(service.rawValue)"
    let process = try ChildProcess([program], environment: environment.merging(own) { $1 })
    let daemon = StackDaemon(service, process, adminPort: ports.admin + service.offset, earlier: [])
    extras.append(daemon)
    started.append(daemon)
    try await daemon.ready()
    return daemon
  }

  /// Sends a signal and does not wait.
  public func kill(_ service: ServiceName, _ signal: Int32 = SIGKILL) { daemons[service]?.process.signal(signal) }

  /// Asks one daemon to leave and tells how it did.
  @discardableResult
  public func stop(_ service: ServiceName) async throws -> ChildProcess.End {
    let daemon = try daemon(service)
    daemon.process.signal(SIGTERM)
    return try await daemon.process.ended()
  }

  /// Stops and starts one daemon; `kill` first makes it a crash.
  public func restart(_ service: ServiceName) async throws {
    try await stop(service)
    try await start(service)
  }

  /// Runs requests that nobody repeats, and kills no copy meanwhile; elsewhere than in the tier `kills`, it just runs them.
  public func undisturbed<T>(_ requests: @LoopActor () async throws -> T) async throws -> T {
    guard let killing = Killing.of(port: httpPort) else { return try await requests() }
    return try await killing.write(requests)
  }

  // MARK: - All of it

  private var isSupervised = false

  /// From now on, whatever ends is started again, as runit does it in `make run`: at once, but not twice in a second.
  ///
  /// `stop` and `restart` are not for a stack that is supervised.
  public func supervise() {
    isSupervised = true
    for daemon in daemons.values { keep(daemon) }
  }

  private func keep(_ daemon: StackDaemon) {
    let again = ContinuousClock.now + .seconds(1)
    onLoop {
      while self.isSupervised, daemon.process.end == nil { _ = try? await daemon.process.ended(within: .seconds(60)) }
      try? await pause(for: max(.zero, again - .now))
      if self.isSupervised { _ = try? self.launch(daemon.service) }
    }
  }

  /// Waits until every daemon says that it is ready, whichever process stands in its place by then.
  public func green(within limit: Duration) async throws {
    let deadline = ContinuousClock.now + limit
    for service in services {
      while (try? await daemon(service).admin.send("GET", "/readyz", within: .seconds(1)).status) != 200 {
        let seen = daemons[service]?.process.tail ?? ""
        guard ContinuousClock.now < deadline else { throw Overdue(awaited: "\(service.rawValue) ready", seen: seen) }
        try await pause(for: .milliseconds(20))
      }
    }
  }

  private func start() async throws {
    try writeClock()
    var starting = try services.map(launch)
    if twinPorts != nil { starting += try services.map(launchTwin) }
    for daemon in starting { try await daemon.ready() }
    for gateway in gateways { try await findsAll(gateway) }
  }

  /// Starts the second daemon of a service again, as `start` does the first.
  public func startTwin(of service: ServiceName) async throws { try await settled(service, launchTwin) }

  private func launchTwin(_ service: ServiceName) throws -> StackDaemon {
    guard let twinPorts else { throw Overdue(awaited: "twin of \(service.rawValue)", seen: "a stack of one copy") }
    let own = [
      "CARILLON_BUS_PORT": "\(twinPorts.bus)", "CARILLON_ADMIN_PORT": "\(twinPorts.admin)",
      "CARILLON_HTTP_PORT": "\(twinPorts.http)", "CARILLON_CHAT_PORT": "\(twinPorts.chat)",
    ]
    let process = try ChildProcess(
      [program(of: service)],
      environment: environment.merging(own) { $1 },
      handing: sockets(for: service)
    )
    let earlier = twins[service]?.lines ?? []
    let twin = StackDaemon(service, process, adminPort: twinPorts.admin + service.offset, earlier: earlier)
    twins[service] = twin
    started.append(twin)
    return twin
  }

  func program(of service: ServiceName) -> String { "\(programs)/carillon-\(service.rawValue)" }

  private func launch(_ service: ServiceName) throws -> StackDaemon {
    let earlier = daemons[service]?.lines ?? []
    let process = try ChildProcess([program(of: service)], environment: environment, handing: sockets(for: service))
    let daemon = StackDaemon(service, process, adminPort: adminPort(of: service), earlier: earlier)
    daemons[service] = daemon
    started.append(daemon)
    if isSupervised { keep(daemon) }
    return daemon
  }

  private func stop() async {
    isSupervised = false
    let all = Array(daemons.values) + Array(twins.values) + extras
    for daemon in all { daemon.process.signal(SIGTERM) }
    for daemon in all {
      if (try? await daemon.process.ended()) == nil { daemon.process.signal(SIGKILL) }
    }
    for daemon in started where daemon.process.hasCrashed {
      Issue.record("\(daemon.service.rawValue) crashed, \(daemon.process.end!)\n\(daemon.process.tail)")
    }
    await broker?.stop()
    try? await database.drop()
    folder.remove()
  }
}
