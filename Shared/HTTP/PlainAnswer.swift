import CMicrohttpd
import Glibc

/// A response written straight to the socket, where libmicrohttpd takes none: in the middle of a request's headers or body.
/// The connection is closed behind it.
enum PlainAnswer {
  /// Writes what the system takes at once; a client that does not read loses the rest.
  static func send(_ response: HTTPResponse, on descriptor: Int32) {
    guard case .bytes(let body) = response.body else { return }
    let bytes = Array(head(response, length: body.count).utf8) + body
    _ = bytes.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }
  }

  static func head(_ response: HTTPResponse, length: Int) -> String {
    let reason = String(cString: cmhd_reason(UInt32(clamping: response.status)))
    var text = "HTTP/1.1 \(response.status) \(reason)\r\nDate: \(date())\r\n"
    for (name, value) in response.headers where isSafe(name) && isSafe(value) { text += "\(name): \(value)\r\n" }
    return text + "Content-Length: \(length)\r\nConnection: close\r\n\r\n"
  }

  private static func isSafe(_ text: String) -> Bool {
    !text.isEmpty && !text.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
  }

  private static func date() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
