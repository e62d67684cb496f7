import Loop

/// Keeps one connection of a database alive: connects, waits for its end, connects again, until closed.
@LoopActor
final class Lane {
  let role: ConnectionRole
  /// The connection while it is ready.
  private(set) var connection: Connection?
  private let configuration: DatabaseConfiguration
  private let observe: @LoopActor (DatabaseEvent) -> Void
  private let ready: (Lane) -> Void
  private var keeper: Task<Void, Never>?

  /// `ready` is called with each new connection, before anybody else can use it.
  init(
    _ role: ConnectionRole,
    _ configuration: DatabaseConfiguration,
    observe: @escaping @LoopActor (DatabaseEvent) -> Void,
    ready: @escaping (Lane) -> Void
  ) {
    self.role = role
    self.configuration = configuration
    self.observe = observe
    self.ready = ready
  }

  func start() {
    keeper = onLoop { await self.keep() }
  }

  func close() {
    keeper?.cancel()
    connection?.close(reason: "closed")
  }

  private func keep() async {
    var backoff = Backoff(first: .milliseconds(50))
    while !Task.isCancelled {
      do throws(PostgresError) {
        let connection = try await Connection.dial(configuration)
        backoff.reset()
        await use(connection)
      } catch {
        let wait = backoff.next()
        observe(.connectFailed(role, reason: error.message, retryAfter: wait))
        try? await pause(for: wait)
      }
    }
  }

  /// Offers the connection until it ends.
  private func use(_ connection: Connection) async {
    guard !Task.isCancelled, connection.isOpen else { return connection.close(reason: "closed") }
    self.connection = connection
    observe(.connected(role))
    let reason = await withUnsafeContinuation { (ended: UnsafeContinuation<String, Never>) in
      connection.cancelled = { [observe] in observe(.cancelled) }
      connection.ended = { reason in
        self.connection = nil
        ended.resume(returning: reason)
      }
      ready(self)
    }
    if !Task.isCancelled { observe(.lost(role, reason: reason)) }
  }
}
