import CCurl
import Glibc

/// One mail on its way, on a thread of the pool.
struct MailTransfer {
  let from: String
  let to: String
  let text: [UInt8]

  /// Blocks until the relay has answered or the deadline has passed; up to twice as long when a relay that has refused does
  /// not answer to the farewell either.
  func perform(via relay: MailRelay, deadline: Duration) -> Result<Void, OutgoingError> {
    let easy = Easy(protocols: "smtp,smtps")
    let upload = Upload(text)
    easy.set(CURLOPT_URL, relay.url)
    easy.set(CURLOPT_PROXY, "")
    easy.set(deadline: deadline)
    // After a refusal libcurl says QUIT by itself and waits for the answer, outside of the deadline.
    easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(max(1, min(deadline, .seconds(60)).components.seconds)))
    easy.set(CURLOPT_USE_SSL, relay.sslLevel)
    if let user = relay.user { easy.set(CURLOPT_USERNAME, user) }
    if let password = relay.password { easy.set(CURLOPT_PASSWORD, password) }
    easy.set(CURLOPT_MAIL_FROM, from)
    easy.set(CURLOPT_MAIL_RCPT, list: [to])
    easy.set(CURLOPT_UPLOAD, 1)
    carillon_set_size(easy.raw, CURLOPT_INFILESIZE_LARGE, curl_off_t(text.count))
    carillon_set_data_function(easy.raw, CURLOPT_READFUNCTION, readUpload)
    carillon_set_pointer(easy.raw, CURLOPT_READDATA, Unmanaged.passUnretained(upload).toOpaque())
    let code = withExtendedLifetime(upload) { curl_easy_perform(easy.raw) }
    hangUp(easy)
    return result(code, easy)
  }

  /// Freeing the handle says QUIT and waits up to two minutes for the answer. With the reading side closed it still says it,
  /// and finds the end of the input at once.
  private func hangUp(_ easy: Easy) {
    let descriptor = carillon_get_socket(easy.raw)
    if descriptor != CURL_SOCKET_BAD { shutdown(descriptor, Int32(SHUT_RD)) }
  }

  private func result(_ code: CURLcode, _ easy: Easy) -> Result<Void, OutgoingError> {
    guard code != CURLE_OK else { return .success(()) }
    let error = easy.error(code)
    if case .broken = error, easy.status >= 400 { return .failure(.refused(status: easy.status)) }
    return .failure(error)
  }
}

/// The bytes that libcurl has not taken yet.
private final class Upload {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let piece = bytes[offset...].prefix(buffer.count)
    buffer.copyBytes(from: piece)
    offset += piece.count
    return piece.count
  }
}

private func readUpload(
  _ buffer: UnsafeMutablePointer<CChar>?,
  _ size: Int,
  _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  let upload = Unmanaged<Upload>.fromOpaque(context!).takeUnretainedValue()
  return upload.take(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

extension MailRelay {
  fileprivate var sslLevel: Int {
    switch encryption {
    case .never: Int(CURLUSESSL_NONE.rawValue)
    case .whenOffered where password == nil: Int(CURLUSESSL_TRY.rawValue)
    case .whenOffered, .required: Int(CURLUSESSL_ALL.rawValue)
    }
  }
}
