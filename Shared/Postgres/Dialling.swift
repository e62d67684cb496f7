import CLibpq
import Loop

/// A libpq connection on its way between a pool thread and the loop.
///
/// Unchecked, with this invariant: one thread at a time holds it; the pool thread that starts it returns it and forgets it.
struct Link: @unchecked Sendable {
  let pointer: OpaquePointer
}

extension Connection {
  /// Connects without holding the loop: names are looked up on the thread pool, the handshake waits for the socket.
  static func dial(_ configuration: DatabaseConfiguration) async throws(PostgresError) -> Connection {
    let limit = ContinuousClock.now + configuration.connectTimeout
    let link = await EventLoop.shared.offload { startLink(configuration) }
    guard let link else { throw .unavailable("out of memory") }
    guard await shakeHands(link.pointer, until: limit) else {
      let reason = reason(link.pointer)
      PQfinish(link.pointer)
      throw .unavailable(reason.isEmpty ? "no answer in time" : reason)
    }
    let connection = Connection(link.pointer)
    do {
      try await connection.configure(configuration, until: limit)
    } catch {
      connection.close(reason: "not configured")
      throw error
    }
    return connection
  }

  /// Keep-alives find a dead peer within about twenty seconds; the URL comes after and may say otherwise.
  private nonisolated static func startLink(_ configuration: DatabaseConfiguration) -> Link? {
    var settings = [
      ("gssencmode", "disable"), ("keepalives_idle", "10"), ("keepalives_interval", "3"), ("keepalives_count", "3"),
      ("tcp_user_timeout", "15000"), ("fallback_application_name", configuration.applicationName),
      ("dbname", configuration.url), ("client_encoding", "UTF8"),
    ]
    if let password = configuration.password { settings.append(("password", password)) }
    return withCStrings(settings.map(\.0)) { names in
      withCStrings(settings.map(\.1)) { values in
        PQconnectStartParams(names, values, 1).map(Link.init)
      }
    }
  }

  private static func shakeHands(_ link: OpaquePointer, until limit: ContinuousClock.Instant) async -> Bool {
    guard PQstatus(link) != CONNECTION_BAD else { return false }
    var wanted = PGRES_POLLING_WRITING
    while ContinuousClock.now < limit {
      // A new watch each time, since libpq may close one socket and open the next under the same number.
      guard await readiness(of: PQsocket(link), wanted == PGRES_POLLING_READING ? .readable : .writable, until: limit)
      else { return false }
      wanted = PQconnectPoll(link)
      if wanted == PGRES_POLLING_OK { return true }
      if wanted == PGRES_POLLING_FAILED { return false }
    }
    return false
  }

  /// The timeouts the server keeps, set once per connection; also the proof that it takes statements.
  private func configure(
    _ configuration: DatabaseConfiguration,
    until limit: ContinuousClock.Instant
  ) async throws(PostgresError) {
    let timeout = String(configuration.statementTimeout.roundedUpMilliseconds)
    let exchange = Exchange(
      [
        "SELECT set_config('statement_timeout', \(timeout), false)",
        "SELECT set_config('idle_in_transaction_session_timeout', '60000', false)",
        "SELECT set_config('TimeZone', 'UTC', false)",
      ],
      waitLimit: limit,
      runLimit: limit,
      mayResend: false
    )
    send(exchange)
    _ = try await exchange.value()
  }
}

/// Waits until the descriptor is ready; false when the time is over first.
@LoopActor
private func readiness(
  of descriptor: Int32,
  _ interest: Watcher.Interest,
  until limit: ContinuousClock.Instant
) async -> Bool {
  guard descriptor >= 0 else { return false }
  var watcher: Watcher?
  var alarm: Timer?
  defer {
    watcher?.stop()
    alarm?.cancel()
  }
  return await withUnsafeContinuation { continuation in
    var waiter: UnsafeContinuation<Bool, Never>? = continuation
    func answer(_ ready: Bool) {
      waiter?.resume(returning: ready)
      waiter = nil
    }
    watcher = Watcher(descriptor: descriptor) { _ in answer(true) }
    watcher?.watch(interest)
    alarm = Timer { answer(false) }
    alarm?.arm(after: limit - .now)
  }
}

/// Lends the texts as a C array that ends with a null pointer.
func withCStrings<T>(_ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T) -> T {
  let copies = texts.map { text in
    let bytes = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    copy.initialize(from: Array(bytes), count: bytes.count)
    return copy
  }
  defer { for copy in copies { copy.deallocate() } }
  return body(copies.map { UnsafePointer($0) } + [nil])
}
