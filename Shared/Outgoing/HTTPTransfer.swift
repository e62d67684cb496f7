import CCurl
import Loop

/// One request on its way: gathers the response, keeps its bounds, and reports once. After a good end it may carry another
/// request of the same shape, which spares most of what setting up a handle costs.
@LoopActor
final class HTTPTransfer {
  /// What a handle is set up for once.
  struct Shape: Equatable {
    let method: String
    let isBodiless: Bool
    let deadline: Duration
    let http2: OutgoingRequest.HTTP2
    let maximumBytes: Int
    let redirects: Int

    init(_ request: OutgoingRequest) {
      method = request.method
      isBodiless = request.body.isEmpty && ["GET", "HEAD", "DELETE", "OPTIONS"].contains(request.method)
      deadline = request.deadline
      http2 = request.http2
      maximumBytes = request.maximumBytes
      redirects = request.redirects
    }
  }

  private static let maximumHeaderBytes = 65536

  let easy = Easy(protocols: "http,https")
  let shape: Shape
  private var sentHeaders: [(name: String, value: String)]?
  private var head: [UInt8] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  private var overflowed = false
  private var staysOpen = true
  private var report: ((Result<OutgoingResponse, OutgoingError>) -> Void)?

  init(_ shape: Shape) {
    self.shape = shape
    easy.set(CURLOPT_USERAGENT, "Carillon")
    easy.set(deadline: shape.deadline)
    setVersion(shape.http2)
    easy.set(CURLOPT_FOLLOWLOCATION, shape.redirects > 0 ? 1 : 0)
    easy.set(CURLOPT_MAXREDIRS, max(0, shape.redirects))
    carillon_set_size(easy.raw, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(max(1, shape.maximumBytes)))
    if shape.method == "HEAD" { easy.set(CURLOPT_NOBODY, 1) }
    setCallbacks()
  }

  /// Takes a request up, which must be of the transfer's shape.
  func prepare(_ request: OutgoingRequest) {
    (head, headerBytes, body, overflowed) = ([], 0, [], false)
    easy.forgetError()
    easy.set(CURLOPT_URL, request.url)
    if !shape.isBodiless {
      carillon_set_size(easy.raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
      carillon_set_pointer(easy.raw, CURLOPT_COPYPOSTFIELDS, request.body)
    }
    easy.set(CURLOPT_CUSTOMREQUEST, request.method)
    setHeaders(request)
  }

  private func setVersion(_ http2: OutgoingRequest.HTTP2) {
    let wanted = http2 == .negotiate ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
    easy.set(CURLOPT_HTTP_VERSION, wanted)
    if http2 == .priorKnowledge, Easy.breaksReusedHTTP2 {
      easy.set(CURLOPT_FRESH_CONNECT, 1)
      easy.set(CURLOPT_FORBID_REUSE, 1)
    } else {
      // A request that could share a connection waits for one that is being made.
      easy.set(CURLOPT_PIPEWAIT, 1)
    }
  }

  /// Says who is told of the end. The transfer lets go of it then.
  func whenFinished(_ report: @escaping (Result<OutgoingResponse, OutgoingError>) -> Void) { self.report = report }

  private func setHeaders(_ request: OutgoingRequest) {
    if let sentHeaders, sentHeaders.elementsEqual(request.headers, by: ==) { return }
    sentHeaders = request.headers
    // In libcurl's list "Name:" removes a header of its own, and "Name;" sends an empty one.
    var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    for name in ["Expect", "Content-Type"] where !request.names(name) { lines.append("\(name):") }
    easy.set(CURLOPT_HTTPHEADER, list: lines)
  }

  private func setCallbacks() {
    // Unretained: the client holds the transfer for as long as libcurl may call, and a resting one is not called.
    let context = Unmanaged.passUnretained(self).toOpaque()
    carillon_set_data_function(easy.raw, CURLOPT_WRITEFUNCTION) { data, size, count, context in
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context!).takeUnretainedValue()
      let piece = UnsafeRawBufferPointer(start: data, count: size * count)
      return LoopActor.assumeIsolated { transfer.take(body: piece) } ? size * count : 0
    }
    carillon_set_pointer(easy.raw, CURLOPT_WRITEDATA, context)
    carillon_set_data_function(easy.raw, CURLOPT_HEADERFUNCTION) { data, size, count, context in
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context!).takeUnretainedValue()
      let line = UnsafeRawBufferPointer(start: data, count: size * count)
      return LoopActor.assumeIsolated { transfer.take(headerLine: line) } ? size * count : 0
    }
    carillon_set_pointer(easy.raw, CURLOPT_HEADERDATA, context)
  }

  private func take(body piece: UnsafeRawBufferPointer) -> Bool {
    guard piece.count <= shape.maximumBytes - body.count else {
      overflowed = true
      return false
    }
    body.append(contentsOf: piece)
    return true
  }

  private func take(headerLine line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= Self.maximumHeaderBytes else {
      overflowed = true
      return false
    }
    // An interim answer or a redirect came before: only the last answer's headers count.
    if line.starts(with: "HTTP/".utf8) {
      head.removeAll(keepingCapacity: true)
      staysOpen = !line.starts(with: "HTTP/1.0".utf8)
    } else if line.first.map({ $0 | 0x20 }) == UInt8(ascii: "c") {
      readConnection(line)
    }
    head.append(contentsOf: line)
    return true
  }

  private func readConnection(_ line: UnsafeRawBufferPointer) {
    let words = String(decoding: line, as: UTF8.self).lowercased().split(separator: ":")
    guard words.count == 2, words[0] == "connection" else { return }
    if words[1].contains("close") { staysOpen = false } else if words[1].contains("keep-alive") { staysOpen = true }
  }

  func finish(_ code: CURLcode) {
    guard code == CURLE_OK else { return finish(.failure(overflowed ? .tooLarge : easy.error(code))) }
    finish(.success(OutgoingResponse(status: easy.status, head: head, body: body, staysOpen: staysOpen)))
  }

  func finish(_ result: Result<OutgoingResponse, OutgoingError>) {
    report?(result)
    report = nil
  }
}

extension OutgoingRequest {
  fileprivate func names(_ header: String) -> Bool {
    headers.contains { $0.name.lowercased() == header.lowercased() }
  }
}
