import CMicrohttpd
import Loop

/// One request and its answer.
///
/// libmicrohttpd drives it through `advance`; the handler's task ends in `finish`. Whichever comes first waits for the
/// other: a response that is ready when libmicrohttpd asks is queued at once, and only a request that is still without one
/// when it asks the second time suspends its connection.
@LoopActor
final class Exchange {
  /// `handling` may be asked for its answer any number of times; `over` is the end, with or without an answer.
  private enum Stage { case head, refused(HTTPResponse), body, handling, answered, over }

  let connection: Connection
  private(set) var head: HTTPRequestHead?
  private var stage = Stage.head
  private let target: String?
  private var body: [UInt8] = []
  private var bodyLimit = 0
  private var finding: (any AnyObject & Sendable)?
  /// Whom to tell when the body does not come whole.
  private var cut: (@Sendable @LoopActor () -> Void)?
  private var response: HTTPResponse?
  private var task: Task<Void, Never>?
  private var isActive = false
  /// libmicrohttpd came for an answer that was not there; it comes once more before the connection is suspended.
  private var wasAsked = false
  private(set) var isSuspended = false
  /// Whether the next tick has already been told of the suspension.
  var isWatched = false

  private var server: HTTPServer { connection.server }

  /// The target is nil when it is no UTF-8.
  init(on connection: Connection, target: String?) {
    self.connection = connection
    self.target = target
  }

  /// Takes the next step that libmicrohttpd offers; false closes the connection.
  func advance(method: UnsafePointer<CChar>, demandsHost: Bool, bytes: UnsafeRawBufferPointer) -> Bool {
    switch stage {
    case .head: return takeHead(method: HTTPMethod(String(cString: method)), demandsHost: demandsHost)
    case .body: return bytes.isEmpty ? dispatch() : takeBody(bytes)
    case .refused(let response): return answer(response, closing: false)
    case .handling: return answerOrWait()
    case .answered: return true
    case .over: return false
    }
  }

  // MARK: - Head

  private func takeHead(method: HTTPMethod, demandsHost: Bool) -> Bool {
    let head = HTTPRequestHead(
      method: method,
      target: target ?? "",
      headers: HTTPHeaders(of: connection.handle),
      peer: connection.peer
    )
    self.head = head
    let framing = RequestFraming(head.headers)
    if let fault = fault(in: head, framing: framing, hosts: demandsHost ? 1...1 : 0...1) {
      return refuse(server.refusal(fault, head), closing: true)
    }
    switch server.admit(head) {
    case .refuse(let response): return refuse(response, closing: framing != .none)
    case .accept(let limit, let finding, let cut):
      self.finding = finding
      self.cut = cut
      return accept(framing, limit: limit)
    }
  }

  private func fault(in head: HTTPRequestHead, framing: RequestFraming, hosts: ClosedRange<Int>) -> HTTPRefusal? {
    let limits = server.configuration
    if connection.isExcess { return .overloaded }
    if target == nil || framing == .ambiguous || !head.headers.hasProperNames { return .malformed }
    if !hosts.contains(head.headers.all("host").count) { return .malformed }
    if head.target.utf8.count > limits.maximumTargetBytes { return .targetTooLong }
    return cmhd_header_bytes(connection.handle) > limits.maximumHeaderBytes ? .headersTooLarge : nil
  }

  private func accept(_ framing: RequestFraming, limit: Int) -> Bool {
    if case .length(let length) = framing {
      guard length <= limit else {
        tellOfCut()
        return refuse(server.refusal(.bodyTooLarge(limit: limit), head), closing: true)
      }
      body.reserveCapacity(min(length, 65_536))
    }
    bodyLimit = limit
    stage = .body
    connection.patience.headersDone(at: server.now, limits: server.patienceLimits)
    return true
  }

  /// An answer now would end the connection, so one that may go on gets its answer at libmicrohttpd's next step.
  private func refuse(_ response: HTTPResponse, closing: Bool) -> Bool {
    connection.patience.requestDone()
    guard closing else {
      stage = .refused(response)
      return true
    }
    connection.lingers = true
    return answer(response, closing: true)
  }

  // MARK: - Body

  private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count > bodyLimit else {
      body.append(contentsOf: bytes)
      return true
    }
    PlainAnswer.send(server.refusal(.bodyTooLarge(limit: bodyLimit), head), on: connection.descriptor)
    connection.lingers = true
    return false
  }

  private func tellOfCut() {
    cut?()
    cut = nil
  }

  // MARK: - Handling

  private func dispatch() -> Bool {
    guard let head else { return false }
    let request = HTTPRequest(head: head, body: body, finding: finding)
    body = []
    cut = nil
    stage = .handling
    connection.patience.requestDone()
    isActive = true
    server.activeRequests += 1
    let server = server
    // Not `Task.immediate`: begun inside a C callback, such a task forgets the loop when it first waits, and each of its
    // steps then goes through the global pool. What begins as a job of this turn stays on the loop.
    task = onLoop { self.finish(await server.handle(request)) }
    return answerOrWait()
  }

  private func answerOrWait() -> Bool {
    if let response {
      self.response = nil
      return answer(response, closing: false)
    }
    if wasAsked { suspend() }
    wasAsked = true
    return true
  }

  private func suspend() {
    guard !isSuspended else { return }
    isSuspended = true
    cmhd_suspend(connection.handle)
  }

  private func resume() {
    server.planRun()
    guard isSuspended else { return }
    isSuspended = false
    if isWatched { server.hangups?.remove(connection.descriptor) }
    isWatched = false
    cmhd_resume(connection.handle)
  }

  private func finish(_ response: HTTPResponse) {
    if case .over = stage { return Exchange.discard(response) }
    self.response = response
    // A handler that never waited is still inside `dispatch`, which looks at the response next.
    if wasAsked { resume() }
  }

  // MARK: - Answer

  private func answer(_ response: HTTPResponse, closing: Bool) -> Bool {
    stage = .answered
    wasAsked = false
    self.response = response
    guard let answer = rawResponse(response.body) else { return false }
    for (name, value) in response.headers { _ = cmhd_add_header(answer, name, value) }
    if closing || server.isDraining { _ = cmhd_add_header(answer, "Connection", "close") }
    return cmhd_answer(connection.handle, status(of: response), answer)
  }

  private func status(of response: HTTPResponse) -> UInt32 {
    if case .upgrade = response.body { return 101 }
    return (200...999).contains(response.status) ? UInt32(response.status) : 500
  }

  private func rawResponse(_ body: HTTPBody) -> OpaquePointer? {
    switch body {
    case .bytes(let bytes): return bytes.withUnsafeBytes { cmhd_response_of_bytes($0.baseAddress, $0.count) }
    case .upgrade: return cmhd_response_for_upgrade(server.callbacks)
    case .stream(let stream):
      stream.wake = { self.resume() }
      return cmhd_response_of_stream(
        { source, buffer, capacity in
          let exchange = Unmanaged<Exchange>.fromOpaque(source!).takeUnretainedValue()
          return LoopActor.assumeIsolated {
            exchange.read(stream: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
          }
        },
        Unmanaged.passRetained(self).toOpaque(),
        { Unmanaged<Exchange>.fromOpaque($0!).release() }
      )
    }
  }

  private func read(stream buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard case .stream(let stream) = response?.body else { return Int(CMHD_ABORT) }
    let count = stream.read(into: buffer)
    if count == 0, wasAsked { suspend() }
    wasAsked = count == 0
    return count
  }

  /// The 101 has left; -1 when the system had no descriptor to give.
  func handOver(_ descriptor: Int32, early: [UInt8]) {
    guard case .upgrade(let takeover) = response?.body else { return }
    response = nil
    takeover(descriptor < 0 ? nil : UpgradedSocket(descriptor: descriptor, early: early))
  }

  // MARK: - End

  /// The client has gone while nobody looked at the connection: the handler is cancelled, a stream is cut.
  func peerLeft() {
    isWatched = false
    guard case .stream(let stream) = response?.body else {
      task?.cancel()
      return
    }
    stream.lose()
    resume()
  }

  /// Gives a handler up: it is cancelled and what it may still return is dropped. The connection must be closed next.
  func abandon() {
    resume()
    end()
  }

  /// Told once, when libmicrohttpd is through with the request, or by `abandon`.
  func end() {
    if case .over = stage { return }
    if case .handling = stage { task?.cancel() }
    tellOfCut()
    stage = .over
    if isActive { server.activeRequests -= 1 }
    if let response { Exchange.discard(response) }
    response = nil
    task = nil
  }

  /// Tells those who wait for a response's fate that it will not be sent.
  private static func discard(_ response: HTTPResponse) {
    switch response.body {
    case .bytes: break
    case .stream(let stream): stream.lose()
    case .upgrade(let takeover): takeover(nil)
    }
  }
}

extension HTTPHeaders {
  /// Copies the headers of the request that the connection is in.
  @LoopActor
  init(of connection: OpaquePointer) {
    let list = cmhd_headers(connection)
    let fields = UnsafeBufferPointer(start: list.headers, count: list.count).map { header in
      let name = Int(header.name_start)
      let value = Int(header.value_start)
      return Field(name: name..<(name + Int(header.name_length)), value: value..<(value + Int(header.value_length)))
    }
    self.init(bytes: Array(UnsafeBufferPointer(start: list.bytes, count: list.byte_count)), fields: fields)
  }
}
