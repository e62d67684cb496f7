import Loop

/// Lends connections to transactions, one each; who finds none waits in line. Connections are opened as need shows.
@LoopActor
final class TransactionLanes {
  private let configuration: DatabaseConfiguration
  private let observe: @LoopActor (DatabaseEvent) -> Void
  private var lanes: [Lane] = []
  private var idle: [Connection] = []
  private var leased = 0
  private var waiting = FIFO<Applicant>()
  private var isClosed = false
  private lazy var alarm = DeadlineAlarm { [weak self] in self?.expire(at: $0) ?? nil }

  init(_ configuration: DatabaseConfiguration, observe: @escaping @LoopActor (DatabaseEvent) -> Void) {
    self.configuration = configuration
    self.observe = observe
  }

  /// Whether a transaction is open or waits.
  var isBusy: Bool { leased > 0 || !waiting.isEmpty }

  func start() { openLane() }

  func close() {
    isClosed = true
    while let applicant = waiting.popFirst() { applicant.answer(.failure(.unavailable("closed"))) }
    for lane in lanes { lane.close() }
    alarm.cancel()
  }

  /// A connection for the caller alone, until `giveBack`.
  func lease(until limit: ContinuousClock.Instant) async throws(PostgresError) -> Connection {
    guard !isClosed else { throw .unavailable("closed") }
    if waiting.isEmpty, let connection = takeIdle() {
      leased += 1
      return connection
    }
    guard waiting.count < configuration.queueLimit else {
      observe(.overloaded)
      throw .unavailable("too many transactions wait")
    }
    openLane()
    let applicant = Applicant(limit: limit)
    waiting.append(applicant)
    alarm.note(limit)
    return try await applicant.connection()
  }

  /// Takes a connection back; one that is not at rest is not trusted any more.
  func giveBack(_ connection: Connection) {
    leased -= 1
    if connection.isOpen, connection.depth > 0 { connection.close(reason: "a transaction left work behind") }
    offer(connection)
  }

  private func openLane() {
    guard lanes.count < max(1, configuration.transactionConnections), !isClosed else { return }
    let lane = Lane(.transaction, configuration, observe: observe) { [weak self] lane in
      if let connection = lane.connection { self?.offer(connection) }
    }
    lanes.append(lane)
    lane.start()
  }

  private func offer(_ connection: Connection) {
    guard connection.isOpen else { return }
    guard let applicant = waiting.popFirst() else { return idle.append(connection) }
    leased += 1
    applicant.answer(.success(connection))
  }

  private func takeIdle() -> Connection? {
    while let connection = idle.popLast() { if connection.isOpen { return connection } }
    return nil
  }

  private func expire(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    waiting.removeAll { applicant in
      guard applicant.limit <= now else { return false }
      applicant.answer(.failure(.unavailable("no connection")))
      return true
    }
    var next: ContinuousClock.Instant?
    waiting.forEach { next = min(next ?? $0.limit, $0.limit) }
    return next
  }
}

/// Somebody in line for a connection.
@LoopActor
private final class Applicant {
  let limit: ContinuousClock.Instant
  private var result: Result<Connection, PostgresError>?
  private var waiter: UnsafeContinuation<Void, Never>?

  init(limit: ContinuousClock.Instant) { self.limit = limit }

  func answer(_ result: Result<Connection, PostgresError>) {
    self.result = result
    waiter?.resume()
  }

  func connection() async throws(PostgresError) -> Connection {
    if result == nil { await withUnsafeContinuation { waiter = $0 } }
    return try result!.get()
  }
}
