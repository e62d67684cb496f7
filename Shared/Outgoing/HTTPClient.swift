import CCurl
public import Loop

/// Calls other people's HTTP servers from the loop; connections are kept and shared between requests.
///
/// A client lives until `close`; a daemon makes one per purpose at its start.
@LoopActor
public final class HTTPClient {
  /// Which servers a client may talk to.
  public enum Reach: Sendable {
    /// Any, this machine included: for addresses that come from the operator's settings.
    case anywhere
    /// The public internet only, decided after each name look-up: for addresses that come from users.
    case publicOnly
  }

  private let multi: Multi
  private let reach: Reach
  private let proxy: String
  private let authorities: String?
  /// Transfers that have ended well; one of the right shape is used again.
  private var resting: [HTTPTransfer] = []
  private static let mostResting = 256

  /// The environment's proxy variables are not obeyed; `proxy` is a URL, `""` for none. With it, `publicOnly` judges the
  /// proxy's address and must not be used. `authorities` is a PEM file to trust in place of the system's.
  public init(
    reach: Reach = .anywhere,
    connectionsPerHost: Int = 8,
    proxy: String = "",
    authorities: String? = nil
  ) {
    multi = Multi(connectionsPerHost: connectionsPerHost)
    self.reach = reach
    self.proxy = proxy
    self.authorities = authorities
  }

  /// Sends the request and waits for the whole response. Cancelling the task ends the transfer.
  public func send(_ request: OutgoingRequest) async throws(OutgoingError) -> OutgoingResponse {
    if let fault = request.fault { throw .invalid(fault) }
    guard !Task.isCancelled else { throw .cancelled }
    let transfer = transfer(for: request)
    transfer.prepare(request)
    let result: Result<OutgoingResponse, OutgoingError> = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        transfer.whenFinished { continuation.resume(returning: $0) }
        multi.start(transfer)
      }
    } onCancel: {
      onLoop { self.multi.cancel(transfer) }
    }
    // What a cancelled task has begun may still be on its way to end this transfer.
    if case .success = result, !Task.isCancelled, resting.count < HTTPClient.mostResting { resting.append(transfer) }
    return try result.get()
  }

  private func transfer(for request: OutgoingRequest) -> HTTPTransfer {
    let shape = HTTPTransfer.Shape(request)
    if let last = resting.popLast(), last.shape == shape { return last }
    let transfer = HTTPTransfer(shape)
    configure(transfer.easy)
    return transfer
  }

  private func configure(_ easy: Easy) {
    easy.set(CURLOPT_PROXY, proxy)
    if let authorities { easy.set(CURLOPT_CAINFO, authorities) }
    if reach == .publicOnly { carillon_set_open_function(easy.raw, openPublicSocket) }
  }

  /// Ends all transfers as cancelled and closes the connections. What is sent later is cancelled too.
  public func close() {
    multi.close()
    resting = []
  }
}
