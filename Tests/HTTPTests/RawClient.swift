import HTTP
import Loop

/// A TCP client that sends exactly what it is told and cuts what comes back into responses.
@LoopActor
final class RawClient {
  struct Answer {
    var status: Int
    var head: String
    var body: String
  }

  private let stream: TCPStream
  private var input: [UInt8] = []
  private(set) var isClosed = false
  private var waiter: (ready: @LoopActor () -> Bool, continuation: CheckedContinuation<Void, Never>)?

  init(port: Int) async throws {
    let address = SocketAddress(host: "127.0.0.1", port: port)!
    stream = try await TCPStream.connect(to: address)
    stream.received = { bytes in
      self.input.append(contentsOf: bytes)
      self.check()
    }
    stream.closed = { _ in
      self.isClosed = true
      self.check()
    }
  }

  func send(_ text: String) { send(bytes: Array(text.utf8)) }
  func send(bytes: [UInt8]) { stream.write(bytes) }
  func close() { stream.close() }
  /// Shuts the sending side; what the server still says is read.
  func finishSending() { stream.closeAfterWrites() }

  var text: String { String(decoding: input, as: UTF8.self) }

  private func check() {
    guard let waiter, isClosed || waiter.ready() else { return }
    self.waiter = nil
    waiter.continuation.resume()
  }

  /// Waits until the condition holds or the connection is closed.
  func wait(until ready: @escaping @LoopActor () -> Bool) async {
    guard !isClosed, !ready() else { return }
    await withCheckedContinuation { waiter = (ready, $0) }
  }

  func untilClosed() async { await wait { false } }

  /// Takes the next response off the input; nil when the connection ends before it is whole.
  func answer(hasBody: Bool = true) async -> Answer? {
    await wait { self.answerLength(hasBody) != nil }
    guard let (head, total) = answerLength(hasBody) else { return nil }
    defer { input.removeFirst(total) }
    return Answer(
      status: Int(String(decoding: input[9..<12], as: UTF8.self)) ?? 0,
      head: String(decoding: input[..<head], as: UTF8.self),
      body: String(decoding: input[head..<total], as: UTF8.self)
    )
  }

  /// The lengths of the first response's head, and of all of it, once all of it is there.
  private func answerLength(_ hasBody: Bool) -> (Int, Int)? {
    guard let end = headEnd() else { return nil }
    let head = String(decoding: input[..<end], as: UTF8.self).lowercased()
    let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }.flatMap {
      Int($0.dropFirst(16))
    }
    let total = end + (hasBody ? length ?? 0 : 0)
    return input.count >= total ? (end, total) : nil
  }

  private func headEnd() -> Int? {
    guard input.count >= 4 else { return nil }
    return (4...input.count).first { input[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
  }
}

/// A gate that handlers wait at until a test opens it, and that tells when somebody came or was cancelled.
@LoopActor
final class Gate {
  private(set) var arrived = 0
  private(set) var cancelled = 0
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var watchers: [(ready: () -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

  func pass() async {
    arrived += 1
    tell()
    await withTaskCancellationHandler {
      guard !isOpen else { return }
      await withCheckedContinuation { waiting.append($0) }
    } onCancel: {
      onLoop { self.cancel() }
    }
  }

  func open() {
    isOpen = true
    for one in waiting { one.resume() }
    waiting = []
  }

  private func cancel() {
    cancelled += 1
    open()
    tell()
  }

  private func tell() {
    let ready = watchers.filter { $0.ready() }
    watchers.removeAll { $0.ready() }
    for one in ready { one.continuation.resume() }
  }

  func until(_ ready: @escaping @LoopActor (Gate) -> Bool) async {
    guard !ready(self) else { return }
    await withCheckedContinuation { watchers.append(({ ready(self) }, $0)) }
  }
}

/// A server with the test's handler, on a port of its own; refusals say the case's name.
@LoopActor
func serve(
  _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
  admit: (@LoopActor (HTTPRequestHead) -> HTTPAdmission)? = nil,
  handle: @escaping @LoopActor (HTTPRequest) async -> HTTPResponse
) throws -> (server: HTTPServer, port: Int) {
  let server = HTTPServer(
    configuration: configuration,
    admit: admit ?? { _ in .accept(maximumBody: configuration.maximumBodyBytes) },
    refusal: { refusal, _ in HTTPResponse(status: refusal.status, body: Array("refused: \(refusal)".utf8)) },
    handle: handle
  )
  return (server, try server.start())
}

func text(_ text: String, status: Int = 200) -> HTTPResponse {
  HTTPResponse(status: status, headers: [("Content-Type", "text/plain")], body: Array(text.utf8))
}
