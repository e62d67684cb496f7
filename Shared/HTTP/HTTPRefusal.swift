import Loop

/// Why the server itself turns a request away; the application renders it in the dialect of the request.
///
/// A request line or header block beyond `memoryPerConnection`, a length that is no number, and bytes that are no HTTP at all
/// never get this far: libmicrohttpd answers those itself, with a small page, and closes.
public enum HTTPRefusal: Equatable, Sendable {
  /// The framing, a header name, the target or the number of hosts is not what HTTP allows.
  case malformed
  /// Headers or body did not arrive in time.
  case timeout
  /// The body is, or says it will be, longer than that many bytes.
  case bodyTooLarge(limit: Int)
  case targetTooLong
  case headersTooLarge
  /// More connections are open than `connectionLimit`.
  case overloaded

  public var status: Int {
    switch self {
    case .malformed: 400
    case .timeout: 408
    case .bodyTooLarge: 413
    case .targetTooLong: 414
    case .headersTooLarge: 431
    case .overloaded: 503
    }
  }
}

/// What the application says to a request whose body has not been read.
public enum HTTPAdmission: Sendable {
  /// Reads the body, up to that many bytes, then handles the request, which bears what was found out here. `cut` is called
  /// instead when the body does not come whole.
  case accept(
    maximumBody: Int,
    finding: (any AnyObject & Sendable)? = nil,
    cut: (@Sendable @LoopActor () -> Void)? = nil
  )
  /// Answers at once. The connection stays usable when the request has no body, and is closed when it has one.
  case refuse(HTTPResponse)
}
