import Outgoing
import Time

/// What a provider said to one push to one target.
enum PushOutcome: Equatable, Sendable {
  case sent
  /// The address is of no use any more.
  case unregistered
  /// It may go later; `after` is what the provider asked for.
  case retry(reason: String, after: Duration?)
  case failed(reason: String)
  /// It was not tried: the provider takes no more for so long.
  case held(Duration)

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
  /// There is no news yet of the person, or of a device; the next ends the wait.
  case expectNews(until: Timestamp)
  case dead(reason: String)

  /// Weighs what became of each target. Where some may still be reached it comes again for those, with a longer wait each
  /// time, until a day is over or the notice is of no use.
  init(_ results: [PushResult], of job: ClaimedJob, at now: Timestamp, chance: Double) {
    let outcomes = results.map(\.outcome)
    let rests = outcomes.compactMap { JobVerdict.rest($0, of: job, chance) }
    let isReached = job.channel != nil || outcomes.contains(.sent)
    let reason = outcomes.lazy.compactMap(\.reason).first ?? "held back"
    guard let rest = rests.max() else {
      self =
        isReached ? .done(.sent) : outcomes.contains { $0.reason != nil } ? .dead(reason: reason) : .done(.unregistered)
      return
    }
    if outcomes.allSatisfy(\.isHeld) {
      self = .wait(until: now + rest)
    } else if now - job.firstTry >= RetryRule.patience || job.expires.map({ now + rest >= $0 }) ?? false {
      self = isReached ? .done(.sent) : .dead(reason: reason)
    } else {
      self = .retry(after: rest, reason: reason)
    }
  }

  /// How long a target rests that was not reached yet; nil for one that is done with.
  private static func rest(_ outcome: PushOutcome, of job: ClaimedJob, _ chance: Double) -> Duration? {
    switch outcome {
    case .sent, .unregistered, .failed: nil
    case .held(let wait): wait
    case .retry(_, let asked):
      max(RetryRule.rest(after: job.attempts, chance: chance), min(asked ?? .zero, RetryRule.patience))
    }
  }
}

extension PushOutcome {
  fileprivate var isHeld: Bool { if case .held = self { true } else { false } }

  /// Why it went wrong; nil where it did not.
  fileprivate var reason: String? {
    switch self {
    case .retry(let reason, _), .failed(let reason): reason
    case .sent, .unregistered, .held: nil
    }
  }
}
