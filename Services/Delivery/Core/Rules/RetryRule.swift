import Outgoing
import Time

/// What becomes of a mail after a try.
enum MailVerdict: Equatable, Sendable {
  /// The relay has it.
  case sent
  /// It goes again after a while.
  case retry(after: Duration, reason: String)
  /// It never goes again.
  case failed(reason: String)

  var isComingAgain: Bool {
    if case .retry = self { true } else { false }
  }
}

/// Decides between a further try and giving up (pictever.md 3.8).
enum RetryRule {
  /// A mail that did not get through in this time from its first try on is given up.
  static let patience = Duration.seconds(86_400)
  static let longestRest = Duration.seconds(900)

  /// The verdict on a mail that the relay did not take; `chance` is a fraction from 0 up to 1.
  static func verdict(
    _ error: OutgoingError,
    attempts: Int,
    firstTry: Timestamp,
    at now: Timestamp,
    chance: Double
  ) -> MailVerdict {
    guard mayPass(error), now - firstTry < patience else { return .failed(reason: error.reason) }
    return .retry(after: rest(after: attempts, chance: chance), reason: error.reason)
  }

  /// One to two seconds after the first try, twice as long after each further one, up to 15 minutes. Spread over the
  /// longer half, so that mails which failed together do not come back together.
  static func rest(after attempts: Int, chance: Double) -> Duration {
    let full = Duration.seconds(2) * (1 << min(max(attempts, 1) - 1, 20))
    return min(full, longestRest) * (1 - chance / 2)
  }

  /// Whether the same mail may do better later. A relay that wants to know who we are (RFC 4954) refuses us rather than
  /// the mail, and an operator can mend that.
  private static func mayPass(_ error: OutgoingError) -> Bool {
    switch error {
    case .refused(530), .refused(534), .refused(535), .refused(538), .cancelled: true
    default: error.mayPass
    }
  }
}

extension OutgoingError {
  /// One line for the log and the row; holds nothing of the mail.
  var reason: String {
    switch self {
    case .invalid(let text): "invalid: \(text)"
    case .unreachable(let text): "unreachable: \(text)"
    case .insecure(let text): "insecure: \(text)"
    case .timedOut: "timed out"
    case .tooLarge: "too large"
    case .cancelled: "cancelled"
    case .busy: "busy"
    case .refused(let status): "refused with \(status)"
    case .broken(let text): "broken: \(text)"
    }
  }
}
