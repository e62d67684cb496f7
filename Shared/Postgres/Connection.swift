import CLibpq
import Loop

/// One pipelined libpq connection on the loop.
///
/// Exchanges are sent at once and answered in their order. It is open from the start and ends for good, by `close`, by the
/// server or by the network; then whatever was in flight has failed and `ended` is called, once.
@LoopActor
final class Connection {
  /// An answer has come, or a statement was given up: somebody may send again.
  var progressed: () -> Void = {}
  var ended: (String) -> Void = { _ in }
  var cancelled: () -> Void = {}
  /// Channel and payload of a `NOTIFY`.
  var notified: ((String, String) -> Void)?

  /// Nothing is sent from `ending` on, but what the server had said before is still read; in `ended` the link is freed.
  private enum Phase { case open, ending, ended }

  let link: OpaquePointer
  var inFlight = FIFO<Exchange>()
  var cancellation = Cancellation()
  private var phase = Phase.open
  private var endReason: String?
  private var watcher: Watcher?
  private var flushPlanned = false
  private var prepared = PreparedStatements()
  private var arguments = Arguments()
  private lazy var alarm = DeadlineAlarm { [weak self] in self?.expire(at: $0) ?? nil }

  /// Takes over a libpq connection whose handshake is done.
  init(_ link: OpaquePointer) {
    self.link = link
    PQsetnonblocking(link, 1)
    PQenterPipelineMode(link)
    _ = PQsetNoticeReceiver(link, { _, _ in }, nil)
    watcher = Watcher(descriptor: PQsocket(link)) { [weak self] in self?.ready($0) }
    watcher?.watch(.readable)
  }

  var isOpen: Bool { phase == .open }
  var depth: Int { inFlight.count }

  // MARK: - Sending

  /// Sends the exchange, which stays in flight until the server's last word on it. On a connection that has ended it fails.
  func send(_ exchange: Exchange) {
    guard isOpen else { return exchange.finish(.failure(.unavailable(endReason ?? "connection lost"))) }
    for command in exchange.commands {
      if let refusal = command.refusal { return exchange.finish(.failure(refusal)) }
    }
    exchange.sending()
    inFlight.append(exchange)
    let sent = exchange.commands.allSatisfy { send($0, of: exchange) } && queue_pipeline_sync(link) == 1
    // A send that met the end of the stream has closed the socket: no event will come from it any more.
    guard sent, PQstatus(link) == CONNECTION_OK else { return lose() }
    planFlush()
    alarm.note(exchange.runLimit)
  }

  private func send(_ command: SQL, of exchange: Exchange) -> Bool {
    let parameters = command.parameters
    if let name = prepared.name(of: command.text, types: parameters.types) {
      exchange.expected.append(.rows)
      return arguments.lend(parameters) { PQsendQueryPrepared(link, name, $0, $1, $2, $3, 1) } == 1
    }
    guard let name = prepared.add(command.text, types: parameters.types) else {
      exchange.expected.append(.rows)
      let (text, types) = (command.text, parameters.types)
      return arguments.lend(parameters) { PQsendQueryParams(link, text, $0, types, $1, $2, $3, 1) } == 1
    }
    exchange.expected.append(.preparation(text: command.text))
    exchange.expected.append(.rows)
    return PQsendPrepare(link, name, command.text, Int32(parameters.types.count), parameters.types) == 1
      && arguments.lend(parameters) { PQsendQueryPrepared(link, name, $0, $1, $2, $3, 1) } == 1
  }

  /// What one turn sends leaves in one system call where libpq can wait (version 17 on).
  private func planFlush() {
    guard !flushPlanned else { return }
    flushPlanned = true
    EventLoop.shared.atTurnEnd { LoopActor.assumeIsolated { self.flush() } }
  }

  private func flush() {
    flushPlanned = false
    guard isOpen else { return }
    let answer = PQflush(link)
    guard answer >= 0, PQstatus(link) == CONNECTION_OK else { return lose() }
    watcher?.watch(answer == 0 ? .readable : [.readable, .writable])
  }

  // MARK: - Receiving

  private func ready(_ interest: Watcher.Interest) {
    guard isOpen else { return }
    // After an error on the descriptor libuv has stopped watching; the flush below then asks anew.
    if interest.contains(.writable) { watcher?.watch([]) }
    if interest.contains(.readable) {
      guard PQconsumeInput(link) == 1 else { return lose() }
      takeAnswers()
      takeNotifications()
    }
    if interest.contains(.writable) { flush() }
  }

  private func takeAnswers() {
    let before = inFlight.count
    while phase != .ended, let exchange = inFlight.first, PQisBusy(link) == 0 {
      guard let pointer = PQgetResult(link) else {
        // The end of one command's results; past the last of them only a broken connection says so.
        guard exchange.expected.popFirst() != nil else { break }
        continue
      }
      take(ResultMemory(pointer), for: exchange)
    }
    if inFlight.count < before { progressed() }
  }

  private func take(_ result: ResultMemory, for exchange: Exchange) {
    switch PQresultStatus(result.pointer) {
    case PGRES_PIPELINE_SYNC:
      _ = inFlight.popFirst()
      conclude(exchange)
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
      if case .rows? = exchange.expected.first { exchange.results.append(Rows(result)) }
    case PGRES_PIPELINE_ABORTED:
      if case .preparation(let text)? = exchange.expected.first { prepared.forget(text) }
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      close(reason: "COPY is not supported")
    default:
      fail(exchange, PostgresError(result: result.pointer))
    }
  }

  private func fail(_ exchange: Exchange, _ error: PostgresError) {
    if exchange.error == nil { exchange.error = error }
    if case .preparation(let text)? = exchange.expected.first { prepared.forget(text) }
  }

  /// The server's last word on an exchange has come.
  private func conclude(_ exchange: Exchange) {
    defer { cancelHeadIfCondemned() }
    guard let error = exchange.error else { return exchange.finish(.success(exchange.results)) }
    if error.isStalePlan { for command in exchange.commands { prepared.forget(command.text) } }
    let mishap = error.isStalePlan || (error.kind == .timeout && cancellation.mayHaveStrayed(at: .now))
    let again = mishap && exchange.mayResend && !exchange.isFinished && exchange.sendings < 3
    if again { send(exchange) } else { exchange.finish(.failure(error)) }
  }

  private func takeNotifications() {
    guard isOpen, let notified else { return }
    while let notification = PQnotifies(link) {
      let (channel, payload) = (notification.pointee.relname!, notification.pointee.extra!)
      notified(String(cString: channel), String(cString: payload))
      PQfreemem(notification)
    }
  }

  // MARK: - Ending

  /// The link is broken: takes what answers are complete, then ends.
  private func lose() {
    guard isOpen else { return }
    phase = .ending
    let reason = Connection.reason(link)
    takeAnswers()
    close(reason: reason)
  }

  /// Ends the connection at once; what is in flight fails with an unknown outcome.
  func close(reason: String) {
    guard phase != .ended else { return }
    phase = .ended
    endReason = reason
    watcher?.stop()
    alarm.cancel()
    PQfinish(link)
    while let exchange = inFlight.popFirst() {
      exchange.finish(.failure(exchange.error ?? .unavailable("connection lost", outcomeUnknown: true)))
    }
    ended(reason)
    progressed()
    (progressed, ended, cancelled, notified) = ({}, { _ in }, {}, nil)
  }

  /// libpq's last complaint on one line; it names hosts, roles and databases, never a password or a value.
  nonisolated static func reason(_ link: OpaquePointer) -> String {
    String(cString: PQerrorMessage(link)).split(separator: "\n").joined(separator: "; ")
  }
}
