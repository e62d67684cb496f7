import CCurl

/// Why a call to the world outside brought no answer. An HTTP status is an answer, whatever it says.
public enum OutgoingError: Error, Sendable, Equatable {
  /// The request cannot be sent as it is; the same one will fail again. Nothing went out.
  case invalid(String)
  /// The name is unknown or nobody listens there.
  case unreachable(String)
  /// The other side could not prove who it is, or cannot encrypt where that is asked for.
  case insecure(String)
  /// The deadline passed. The other side may have taken the request.
  case timedOut
  /// The answer is larger than allowed.
  case tooLarge
  /// The caller's task was cancelled, or the client closed. The other side may have taken the request.
  case cancelled
  /// More wait already than the client takes; nothing went out.
  case busy
  /// A mail server said no: 4xx for now, 5xx for good.
  case refused(status: Int)
  /// The connection broke or spoke nonsense. The other side may have taken the request.
  case broken(String)

  /// Whether the same request may do better later.
  public var mayPass: Bool {
    switch self {
    case .invalid, .tooLarge, .cancelled: false
    case .refused(let status): status < 500
    case .unreachable, .insecure, .timedOut, .busy, .broken: true
    }
  }

  init(_ code: CURLcode, text: String) {
    self =
      switch code {
      case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalid(text)
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .unreachable(text)
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_FILESIZE_EXCEEDED: .tooLarge
      case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
        CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
        .insecure(text)
      default: .broken(text)
      }
  }
}
