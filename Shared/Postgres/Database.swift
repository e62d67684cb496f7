public import Loop

/// A PostgreSQL database as a daemon sees it: a few connections that come back by themselves.
///
/// Single statements share pipelined connections and commit on their own; a transaction has a connection for itself. Two
/// statements that are in flight at once may run in either order. A statement waits for a connection and for the server
/// until its deadline; a cancelled task does not end it, the deadline does.
@LoopActor
public final class Database {
  let configuration: DatabaseConfiguration
  let observe: @LoopActor (DatabaseEvent) -> Void
  private var shared: [Lane] = []
  private var waiting = FIFO<Exchange>()
  private var isClosed = false
  let transactions: TransactionLanes
  let notifications: Notifications
  var locks: [StandingLock] = []
  private lazy var alarm = DeadlineAlarm { [weak self] in self?.expireWaiting(at: $0) ?? nil }

  public init(
    _ configuration: DatabaseConfiguration,
    observe: @escaping @LoopActor (DatabaseEvent) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.observe = observe
    transactions = TransactionLanes(configuration, observe: observe)
    notifications = Notifications(configuration, observe: observe)
  }

  /// Connects in the background and keeps at it; statements may be given at once and wait.
  public func start() {
    guard shared.isEmpty, !isClosed else { return }
    for _ in 0..<max(1, configuration.connections) {
      shared.append(Lane(.shared, configuration, observe: observe) { [weak self] in self?.ready($0) })
    }
    for lane in shared { lane.start() }
    transactions.start()
  }

  /// Whether a single statement would be sent now rather than wait.
  public var isAvailable: Bool { shared.contains { $0.connection != nil } }

  /// Refuses new work, gives what runs up to two seconds, then closes every connection.
  public func close() async {
    isClosed = true
    failWaiting()
    let limit = ContinuousClock.now + .seconds(2)
    while isBusy, ContinuousClock.now < limit { try? await pause(for: .milliseconds(5)) }
    for lane in shared { lane.close() }
    transactions.close()
    notifications.close()
    for lock in locks { lock.close() }
    alarm.cancel()
  }

  private var isBusy: Bool {
    shared.contains { ($0.connection?.depth ?? 0) > 0 } || transactions.isBusy
  }

  // MARK: - Statements

  /// Runs one statement, committed when this returns. Throws `.unavailable` when no connection came in time.
  ///
  /// Each write waits for the disk on its own, so many small ones belong in a `Batcher`: measured, ten times the rate.
  @discardableResult
  public func query(_ sql: SQL, deadline: ContinuousClock.Instant? = nil) async throws(PostgresError) -> Rows {
    let results = try await perform([sql], deadline: deadline)
    return results[0]
  }

  /// Runs the statements in one round trip as one transaction: all take effect, or none.
  @discardableResult
  public func atomically(
    _ statements: [SQL],
    deadline: ContinuousClock.Instant? = nil
  ) async throws(PostgresError) -> [Rows] {
    try await perform(statements, deadline: deadline)
  }

  private func perform(_ statements: [SQL], deadline: ContinuousClock.Instant?) async throws(PostgresError) -> [Rows] {
    guard !isClosed else { throw .unavailable("closed") }
    let exchange = Exchange(statements, deadline: deadline, configuration, mayResend: true)
    dispatch(exchange)
    return try await exchange.value()
  }

  private func dispatch(_ exchange: Exchange) {
    if waiting.isEmpty, let connection = leastBusy() {
      connection.send(exchange)
    } else if waiting.count < configuration.queueLimit {
      waiting.append(exchange)
      alarm.note(exchange.waitLimit)
    } else {
      observe(.overloaded)
      exchange.finish(.failure(.unavailable("too many statements wait")))
    }
  }

  private func leastBusy() -> Connection? {
    var best: Connection?
    for lane in shared {
      guard let connection = lane.connection, connection.isOpen, connection.depth < configuration.pipelineDepth else {
        continue
      }
      if connection.depth < best?.depth ?? .max { best = connection }
    }
    return best
  }

  private func ready(_ lane: Lane) {
    lane.connection?.progressed = { [weak self] in self?.pump() }
    pump()
  }

  private func pump() {
    while !waiting.isEmpty, let connection = leastBusy(), let exchange = waiting.popFirst() {
      connection.send(exchange)
    }
  }

  /// Ends the wait of what is late and says when to look again.
  private func expireWaiting(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    waiting.removeAll { exchange in
      guard exchange.waitLimit <= now else { return false }
      exchange.finish(.failure(.unavailable("no connection")))
      return true
    }
    var next: ContinuousClock.Instant?
    waiting.forEach { next = min(next ?? $0.waitLimit, $0.waitLimit) }
    return next
  }

  private func failWaiting() {
    while let exchange = waiting.popFirst() { exchange.finish(.failure(.unavailable("closed"))) }
  }
}
