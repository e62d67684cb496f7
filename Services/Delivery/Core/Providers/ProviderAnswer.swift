import Loop
import Outgoing

extension OutgoingResponse {
  /// Whole seconds that the server asked for (RFC 9110 section 10.2.3); a date is not understood.
  var retryAfter: Duration? {
    header("retry-after").flatMap { Int($0) }.flatMap { (0...86_400).contains($0) ? .seconds($0) : nil }
  }

  /// An answer that may be another one later, or nil.
  var passing: PushOutcome? {
    guard status == 429 || status == 408 || status >= 500 else { return nil }
    return .retry(reason: "status \(status)", after: retryAfter)
  }
}

/// How a provider sends: the client's `send`, or a test's.
typealias Sending = @LoopActor (OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse
