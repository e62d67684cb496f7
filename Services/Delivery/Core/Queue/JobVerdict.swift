import Outgoing
import Time

/// What a provider said to one push.
enum PushOutcome: Equatable, Sendable {
  case sent
  /// The address is of no use any more.
  case unregistered
  /// It may go later; `after` is what the provider asked for.
  case retry(reason: String, after: Duration?)
  case failed(reason: String)

  /// A transport that gave no answer.
  init(_ error: OutgoingError) {
    switch error {
    case .invalid, .tooLarge: self = .failed(reason: error.reason)
    default: self = .retry(reason: error.reason, after: nil)
    }
  }
}

/// What becomes of a job after a look or a try.
enum JobVerdict: Equatable, Sendable {
  enum End: String, CaseIterable, Sendable {
    case sent
    /// The address was removed.
    case unregistered
    /// Nobody is there to be told, or no provider that could.
    case unreachable
    /// A message that is blocked or was moved, or a notice that is too late.
    case moot
  }

  case done(End)
  case retry(after: Duration, reason: String)
  /// It was not tried: its provider takes no more for now, or people sleep.
  case wait(until: Timestamp)
  case dead(reason: String)

  /// Weighs an outcome: another try with a longer wait each time, until a day is over or the notice is of no use.
  init(_ outcome: PushOutcome, of job: ClaimedJob, at now: Timestamp, chance: Double) {
    switch outcome {
    case .sent: self = .done(.sent)
    case .unregistered: self = .done(.unregistered)
    case .failed(let reason): self = .dead(reason: reason)
    case .retry(let reason, let asked):
      let rest = max(RetryRule.rest(after: job.attempts, chance: chance), min(asked ?? .zero, RetryRule.patience))
      let isOver = now - job.firstTry >= RetryRule.patience || job.expires.map { now + rest >= $0 } ?? false
      self = isOver ? .dead(reason: reason) : .retry(after: rest, reason: reason)
    }
  }
}
