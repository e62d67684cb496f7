import CLibpq
import Loop

/// Whether a cancel request is on its way, and how long it may still hit the wrong statement.
///
/// A request names a connection, not a statement: it may arrive when the condemned one is done and the next one runs.
struct Cancellation {
  private enum Phase {
    case none
    case underway
    case delivered(ContinuousClock.Instant)
  }

  /// The server's process sees the signal at once unless it is starved.
  private static let delay = Duration.seconds(1)
  /// How long past its deadline a statement may hold the connection.
  static let patience = Duration.seconds(5)
  private var phase = Phase.none

  var isUnderway: Bool { if case .underway = phase { true } else { false } }

  mutating func begin() { phase = .underway }
  mutating func delivered(at now: ContinuousClock.Instant) { phase = .delivered(now) }

  /// Whether a statement that was cancelled just now may have been meant or not.
  func mayHaveStrayed(at now: ContinuousClock.Instant) -> Bool {
    switch phase {
    case .none: false
    case .underway: true
    case .delivered(let moment): now < moment + Cancellation.delay
    }
  }
}

extension Connection {
  /// Ends the callers' wait for exchanges whose time is over. The one at work is cancelled on the server; one that outlives
  /// even that takes the connection down, so that nothing waits behind it for ever. Says when to look again.
  func expire(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    var next: ContinuousClock.Instant?
    inFlight.forEach { exchange in
      if exchange.runLimit <= now {
        exchange.finish(.failure(PostgresError(.timeout, "deadline passed", outcomeUnknown: true)))
      }
      let look = exchange.runLimit + (exchange.isFinished ? Cancellation.patience : .zero)
      next = min(next ?? look, look)
    }
    if let next, next <= now {
      close(reason: "a cancelled statement did not end")
      return nil
    }
    cancelHeadIfCondemned()
    return next
  }

  func cancelHeadIfCondemned() {
    guard isOpen, !cancellation.isUnderway, let head = inFlight.first, head.condemned else { return }
    guard let request = PQgetCancel(link) else { return }
    cancellation.begin()
    cancelled()
    // libpq's cancel blocks; its copy of the address may be used on any thread.
    let link = Link(pointer: request)
    onLoop {
      await EventLoop.shared.offload {
        var complaint = [CChar](repeating: 0, count: 256)
        PQcancel(link.pointer, &complaint, Int32(complaint.count))
        PQfreeCancel(link.pointer)
      }
      self.cancellation.delivered(at: .now)
      self.cancelHeadIfCondemned()
    }
  }
}
