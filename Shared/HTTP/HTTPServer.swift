import CMicrohttpd
import Glibc
public import Loop

/// An HTTP/1.1 server on the loop; each request is one task, whose first part runs before anything is suspended.
///
/// It lives from `start` to the end of `drain`, also when nobody holds it.
@LoopActor
public final class HTTPServer {
  let configuration: HTTPServerConfiguration
  let admit: @LoopActor (HTTPRequestHead) -> HTTPAdmission
  let refusal: @LoopActor (HTTPRefusal, HTTPRequestHead?) -> HTTPResponse
  let handle: @LoopActor (HTTPRequest) async -> HTTPResponse

  let patienceLimits: ConnectionPatience.Limits
  /// Milliseconds of the monotonic clock when this turn's work began.
  private(set) var now: Int64 = 0
  private(set) var isDraining = false
  /// Requests whose handler has begun and whose answer has not wholly left.
  public internal(set) var activeRequests = 0
  public var openConnections: Int { connections.count }

  let callbacks = UnsafeMutablePointer<cmhd_callbacks>.allocate(capacity: 1)
  private(set) var hangups: HangupWatch?
  private var daemon: OpaquePointer?
  private var watcher: Watcher?
  private var connections: [Connection] = []
  private var isRunning = false
  private var isRunPlanned = false
  private var runsThisTurn = 0
  private lazy var again = Timer { self.runFromLoop() }
  private lazy var tick = Timer { self.look() }
  private var isTicking = false
  private var whenEmpty: (@LoopActor () -> Void)?

  /// - Parameters:
  ///   - admit: Called when a request's headers are in; decides whether its body is read.
  ///   - refusal: Renders what the server itself refuses; the head is missing where none was read. Streams and upgrades are
  ///     not possible here.
  ///   - handle: Called with the whole request. Its task is cancelled when the client leaves, and what it then returns is
  ///     dropped.
  public init(
    configuration: HTTPServerConfiguration,
    admit: @escaping @LoopActor (HTTPRequestHead) -> HTTPAdmission,
    refusal: @escaping @LoopActor (HTTPRefusal, HTTPRequestHead?) -> HTTPResponse,
    handle: @escaping @LoopActor (HTTPRequest) async -> HTTPResponse
  ) {
    self.configuration = configuration
    self.admit = admit
    self.refusal = refusal
    self.handle = handle
    patienceLimits = ConnectionPatience.Limits(
      header: Int64(configuration.headerTimeout.roundedUpMilliseconds),
      idle: Int64(configuration.idleTimeout.roundedUpMilliseconds),
      body: Int64(configuration.bodyTimeout.roundedUpMilliseconds)
    )
  }

  isolated deinit { callbacks.deallocate() }

  // MARK: - Life

  /// Listens and serves; returns the port, or throws what the system said, such as "address already in use".
  ///
  /// For the whole process it ignores SIGPIPE and raises the limit of open descriptors as far as allowed.
  public func start() throws -> Int {
    precondition(daemon == nil, "an HTTP server starts once")
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    let listener = try listen()
    hangups = try HangupWatch()
    callbacks.initialize(to: ServerCallbacks.table(for: self))
    guard let daemon = startDaemon(listener) else {
      close(listener)
      throw SocketError(code: -ENOMEM)
    }
    self.daemon = daemon
    now = monotonicMilliseconds()
    watcher = Watcher(descriptor: cmhd_epoll_descriptor(daemon)) { _ in self.runFromLoop() }
    watcher?.watch(.readable)
    run()
    return boundPort(listener)
  }

  private func listen() throws -> Int32 {
    if let inherited = configuration.inheritedDescriptor {
      // Supervisors differ in this; a client that left before it was accepted would hold the loop.
      _ = fcntl(inherited, F_SETFL, fcntl(inherited, F_GETFL) | O_NONBLOCK)
      return inherited
    }
    let listener = cmhd_listen(
      configuration.host,
      Int32(configuration.port),
      configuration.reusesPort,
      Int32(configuration.backlog)
    )
    guard listener >= 0 else { throw SocketError(code: listener) }
    return listener
  }

  private func startDaemon(_ listener: Int32) -> OpaquePointer? {
    // The surplus is for connections that are told 503.
    let surplus = max(16, configuration.connectionLimit / 16)
    var options = cmhd_options(
      listen_descriptor: listener,
      connection_limit: UInt32(configuration.connectionLimit + surplus),
      per_address_limit: UInt32(configuration.perAddressLimit),
      inactivity_seconds: UInt32(max(1, (patienceLimits.idle + 999) / 1000)),
      memory_per_connection: configuration.memoryPerConnection,
      callbacks: callbacks
    )
    return cmhd_start(&options)
  }

  /// Closes the listening socket; connections that were made before it are still taken, and all live on.
  public func stopAccepting() {
    guard let daemon else { return }
    if !isRunning { cmhd_run(daemon) }
    let listener = cmhd_quiesce(daemon)
    if listener >= 0 { close(listener) }
  }

  /// Ends the server: every answer from now on says `Connection: close`, and resting connections are closed after `grace`,
  /// in which a client that uses them learns of it by its next answer instead of by a closed door.
  ///
  /// After `limit` the handlers still at work are cancelled and every connection is closed. Upgraded sockets are not its
  /// business any more.
  public func drain(within limit: Duration, grace: Duration = .zero) async {
    guard daemon != nil, !isDraining else { return }
    stopAccepting()
    isDraining = true
    for connection in connections { connection.drain(grace: Int64(grace.roundedUpMilliseconds)) }
    if !connections.isEmpty { await untilEmpty(limit) }
    stop()
  }

  private func untilEmpty(_ limit: Duration) async {
    await withCheckedContinuation { continuation in
      let timer = Timer { self.whenEmpty?() }
      whenEmpty = {
        self.whenEmpty = nil
        timer.cancel()
        continuation.resume()
      }
      timer.arm(after: limit)
    }
  }

  private func stop() {
    guard let daemon else { return }
    self.daemon = nil
    watcher?.stop()
    for connection in connections { connection.exchange?.abandon() }
    cmhd_stop(daemon)
    hangups?.stop()
    hangups = nil
    again.cancel()
    tick.cancel()
  }

  // MARK: - Turns

  private func runFromLoop() {
    runsThisTurn = 0
    run()
  }

  private func run() {
    guard let daemon, !isRunning else { return }
    isRunning = true
    now = monotonicMilliseconds()
    cmhd_run(daemon)
    isRunning = false
    if cmhd_wants_run(daemon) { planRun() }
  }

  /// Runs libmicrohttpd again when this turn's jobs are done, which is when most handlers have their answers.
  ///
  /// A client that keeps it busy must not keep the loop: after many runs the next one waits for the next turn.
  func planRun() {
    guard !isRunPlanned, daemon != nil else { return }
    runsThisTurn += 1
    if runsThisTurn > 32 { return again.arm(after: .zero) }
    isRunPlanned = true
    EventLoop.shared.atTurnEnd {
      LoopActor.assumeIsolated {
        self.isRunPlanned = false
        self.run()
      }
    }
  }

  /// Looks for clients that are late, and puts requests that have begun to wait under the eye of the hang-up watch.
  ///
  /// Input that has come is read first: where the loop was held up, it is not the clients who are late.
  private func look() {
    runFromLoop()
    for connection in connections {
      if connection.patience.deadline <= now { connection.expire() } else { connection.lookForEnd() }
      if let exchange = connection.exchange, exchange.isSuspended, !exchange.isWatched {
        exchange.isWatched = true
        hangups?.add(exchange, connection.descriptor)
      }
    }
    isTicking = !connections.isEmpty
    if isTicking { tick.arm(after: tickInterval) }
  }

  /// A quarter of a second, or less where a timeout is that short.
  private var tickInterval: Duration {
    let shortest = min(patienceLimits.header, patienceLimits.idle, patienceLimits.body)
    return .milliseconds(max(5, min(250, shortest / 4)))
  }

  // MARK: - Connections

  func opened(_ handle: OpaquePointer, descriptor: Int32) -> Connection {
    let isExcess = connections.count >= configuration.connectionLimit
    let connection = Connection(server: self, handle: handle, descriptor: descriptor, isExcess: isExcess)
    connection.index = connections.count
    connections.append(connection)
    if !isTicking {
      isTicking = true
      tick.arm(after: tickInterval)
    }
    return connection
  }

  /// The descriptor is closed when this returns.
  func closed(_ connection: Connection) {
    connection.completed()
    if connection.lingers { LingeringClose.start(connection.descriptor) }
    let last = connections.removeLast()
    if last !== connection {
      connections[connection.index] = last
      last.index = connection.index
    }
    if connections.isEmpty { whenEmpty?() }
  }
}
