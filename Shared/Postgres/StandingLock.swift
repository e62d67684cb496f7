public import Loop

/// A lock that one process holds for as long as it lives, so that of several copies one works while the others stand by.
///
/// It is an advisory lock of a session of its own: who dies loses it as soon as the server notices, on the same machine
/// at once. Who waits asks again and again, for a wait inside the server is an open transaction, which keeps the dead rows
/// of every table for as long as it lasts.
@LoopActor
public final class StandingLock {
  public enum State: Sendable {
    /// The database cannot be asked, or has not been asked yet.
    case unknown
    case held
    /// Another session has it.
    case elsewhere
  }

  /// How often it is asked for, and how often a holder makes sure that its session stands.
  private static let pace = Duration.milliseconds(200)
  private static let beat = Duration.seconds(2)
  /// A server that says nothing for so long may have given the lock away.
  private static let patience = Duration.seconds(5)
  /// Of a holder whose machine is gone without a word the server learns within some seconds, not hours.
  private static let watchfulness: SQL = """
    SELECT set_config('tcp_keepalives_idle', '2', false), set_config('tcp_keepalives_interval', '1', false),
      set_config('tcp_keepalives_count', '3', false)
    """

  public private(set) var state = State.unknown
  private let name: String
  private let configuration: DatabaseConfiguration
  private let changed: @LoopActor (State) -> Void
  private var lane: Lane?

  fileprivate init(
    _ name: String,
    _ configuration: DatabaseConfiguration,
    observe: @escaping @LoopActor (DatabaseEvent) -> Void,
    changed: @escaping @LoopActor (State) -> Void
  ) {
    self.name = name
    self.configuration = configuration
    self.changed = changed
    let lane = Lane(
      .lock,
      configuration,
      observe: { [weak self] event in
        if case .lost = event { self?.become(.unknown) }
        observe(event)
      },
      ready: { [weak self] lane in
        guard let connection = lane.connection else { return }
        onLoop { await self?.keep(connection) }
      }
    )
    self.lane = lane
    lane.start()
  }

  func close() { lane?.close() }

  private func become(_ new: State) {
    guard new != state else { return }
    state = new
    changed(new)
  }

  /// Asks for the lock, then holds it, until the connection is lost.
  private func keep(_ connection: Connection) async {
    do throws(PostgresError) {
      try await ask(connection, StandingLock.watchfulness)
      while connection.isOpen {
        if state == .held { try await ask(connection, "SELECT 1") } else { become(try await take(connection)) }
        try? await pause(for: state == .held ? StandingLock.beat : StandingLock.pace)
      }
    } catch {
      connection.close(reason: "the lock's session: \(error)")
    }
  }

  private func take(_ connection: Connection) async throws(PostgresError) -> State {
    let key = "carillon.standing." + name
    let isHeld: Bool = try await ask(connection, "SELECT pg_try_advisory_lock(hashtextextended(\(key), 0))")[0].get(0)
    return isHeld ? .held : .elsewhere
  }

  @discardableResult
  private func ask(_ connection: Connection, _ sql: SQL) async throws(PostgresError) -> Rows {
    let exchange = Exchange([sql], deadline: .now + StandingLock.patience, configuration, mayResend: false)
    connection.send(exchange)
    return try await exchange.value()[0]
  }
}

extension Database {
  /// Asks for the lock of that name in this database, and tells each change of its state, until the database is closed.
  ///
  /// A holder that loses its connection has lost the lock, and learns of it a moment later: what must be done by the
  /// holder alone needs a check of its own in its transactions.
  public func standingLock(_ name: String, changed: @escaping @LoopActor (StandingLock.State) -> Void) -> StandingLock {
    let lock = StandingLock(name, configuration, observe: observe, changed: changed)
    locks.append(lock)
    return lock
  }
}
