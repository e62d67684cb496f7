import CCurl
import Loop

/// A handle for transfers, one after the other, with all that libcurl only borrows for it; everything is freed together.
///
/// Unchecked: a handle is touched by one owner at a time, the loop or one errand of the thread pool.
final class Easy: @unchecked Sendable {
  let raw: UnsafeMutableRawPointer
  private var lists: [CURLoption.RawValue: UnsafeMutablePointer<curl_slist>] = [:]
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// Runs once per process; libcurl must be set up before its first handle.
  private static let ready: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Whether this libcurl begins HTTP/2 a second time when a connection without TLS is used again (curl's pull request 10643;
  /// Debian 12 has such a version). Then each request with prior knowledge needs a connection of its own.
  static let breaksReusedHTTP2: Bool = carillon_curl_version() < 0x08_00_00

  /// A handle that checks certificates, sends no signals, and speaks the named protocols only.
  init(protocols: String) {
    guard Easy.ready, let raw = curl_easy_init() else { preconditionFailure("libcurl gives no handle") }
    self.raw = raw
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    carillon_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_PROTOCOLS_STR, protocols)
    set(CURLOPT_REDIR_PROTOCOLS_STR, protocols)
    // Without this, ending a transfer waits for its name look-up, and the whole loop with it.
    set(CURLOPT_QUICK_EXIT, 1)
  }

  deinit {
    curl_easy_cleanup(raw)
    for list in lists.values { curl_slist_free_all(list) }
    errorText.deallocate()
  }

  func set(_ option: CURLoption, _ value: Int) { carillon_set_long(raw, option, value) }
  /// libcurl keeps a copy.
  func set(_ option: CURLoption, _ text: String) { carillon_set_text(raw, option, text) }

  func set(_ option: CURLoption, list items: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    for item in items { list = curl_slist_append(list, item) ?? list }
    carillon_set_list(raw, option, list)
    let former = lists[option.rawValue]
    lists[option.rawValue] = list
    curl_slist_free_all(former)
  }

  /// Forgets what went wrong with the transfer before.
  func forgetError() { errorText[0] = 0 }

  /// At least a millisecond, since 0 would mean "no end"; at most a day.
  func set(deadline: Duration) {
    set(CURLOPT_TIMEOUT_MS, Int(max(1, min(deadline, .seconds(86400)).roundedUpMilliseconds)))
  }

  /// The status of HTTP or SMTP that came last, 0 if none.
  var status: Int {
    var status = 0
    carillon_get_long(raw, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  /// Whether a server was reached at all.
  private var contacted: Bool {
    var port = 0
    carillon_get_long(raw, CURLINFO_PRIMARY_PORT, &port)
    return port != 0
  }

  func error(_ code: CURLcode) -> OutgoingError {
    let detail = String(cString: errorText)
    let text = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    // The same codes serve for what the caller asked and for what a server answered, such as a redirect to a file.
    if case .invalid = OutgoingError(code, text: text), contacted { return .broken(text) }
    return OutgoingError(code, text: text)
  }
}
