/// Facts the bus reports to its daemon, which turns them into log lines and metrics.
public enum BusNotice: Sendable, Equatable {
  case connected(service: String, endpoint: String)
  case connectionLost(service: String, endpoint: String, reason: String)
  case peerRefused(address: String, reason: Refusal)
  /// A handler threw something that is no `Failure`: a defect or a broken world, with the error's own description.
  case handlerFailed(call: String, error: String)

  public enum Refusal: String, Sendable { case wrongKey, malformedFrame, lineTooLong, tooSlow }
}
