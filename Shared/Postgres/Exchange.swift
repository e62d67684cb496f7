import Loop

/// Statements that go to the server together and end at one sync point: all take effect, or none.
///
/// A single statement is an exchange of one. It is finished once; the caller then goes on, while the server may still be at
/// work on it (`condemned`).
@LoopActor
final class Exchange {
  typealias Outcome = Result<[Rows], PostgresError>

  let commands: [SQL]
  /// Until when it may wait for a connection, and then for the server's answer.
  let waitLimit: ContinuousClock.Instant
  let runLimit: ContinuousClock.Instant
  /// Outside a transaction a statement that did not run for reasons of the connection's own may be sent again.
  let mayResend: Bool

  private(set) var isSent = false
  private(set) var sendings = 0
  /// Answers still to come before the sync point: one for each command and one for each preparation.
  var expected = FIFO<Answer>()
  var results: [Rows] = []
  var error: PostgresError?
  private var outcome: Outcome?
  private var waiter: UnsafeContinuation<Void, Never>?

  enum Answer {
    case preparation(text: String)
    case rows
  }

  init(
    _ commands: [SQL],
    waitLimit: ContinuousClock.Instant,
    runLimit: ContinuousClock.Instant,
    mayResend: Bool
  ) {
    self.commands = commands
    self.waitLimit = waitLimit
    self.runLimit = runLimit
    self.mayResend = mayResend
  }

  var isFinished: Bool { outcome != nil }
  /// The caller has gone, the server's answer is still to come.
  var condemned: Bool { isSent && isFinished }

  /// Without a deadline the server's statement timeout ends it; the limit here is for a server that says nothing at all.
  convenience init(
    _ commands: [SQL],
    deadline: ContinuousClock.Instant?,
    _ configuration: DatabaseConfiguration,
    mayResend: Bool
  ) {
    let now = ContinuousClock.now
    let silence = configuration.waitLimit + configuration.statementTimeout + .seconds(1)
    self.init(
      commands,
      waitLimit: deadline ?? now + configuration.waitLimit,
      runLimit: deadline ?? now + silence,
      mayResend: mayResend
    )
  }

  func sending() {
    isSent = true
    sendings += 1
    expected = FIFO()
    results = []
    error = nil
  }

  func finish(_ outcome: Outcome) {
    guard self.outcome == nil else { return }
    self.outcome = outcome
    waiter?.resume()
    waiter = nil
  }

  /// Waits for the end; for one caller only.
  func value() async throws(PostgresError) -> [Rows] {
    if outcome == nil { await withUnsafeContinuation { waiter = $0 } }
    return try outcome!.get()
  }
}
