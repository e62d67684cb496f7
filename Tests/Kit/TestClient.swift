public import Loop

/// Sends whole HTTP requests to a port of this machine, each on a connection of its own.
@LoopActor
public struct TestClient: Sendable {
  public nonisolated let port: Int
  /// Sent with every request.
  public var headers: [(String, String)]

  public nonisolated init(port: Int, headers: [(String, String)] = []) {
    self.port = port
    self.headers = headers
  }

  /// The response, whatever its status; throws when none came in time.
  ///
  /// Where copies are killed all the time, who is told to come again does so, and gets what is said then.
  public func send(
    _ method: String,
    _ target: String,
    headers more: [(String, String)] = [],
    body: [UInt8]? = nil,
    within limit: Duration = .seconds(10)
  ) async throws -> HTTPReply {
    let once = { @LoopActor @Sendable in try await ask(method, target, headers: more, body: body, within: limit) }
    guard let killing = Killing.of(port: port) else { return try await once() }
    let deadline = ContinuousClock.now + limit
    while true {
      let reply = try await ["GET", "HEAD"].contains(method) ? once() : killing.write(once)
      guard reply.status == 503, reply.header("Retry-After") != nil, .now < deadline else { return reply }
      // Sooner than it says, which is a whole second for what takes less.
      try await pause(for: .milliseconds(50))
    }
  }

  private func ask(
    _ method: String,
    _ target: String,
    headers more: [(String, String)],
    body: [UInt8]?,
    within limit: Duration
  ) async throws -> HTTPReply {
    let connection = try await RawConnection(port: port)
    defer { connection.close() }
    var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
    if let body { head += "Content-Length: \(body.count)\r\n" }
    for (name, value) in headers + more { head += "\(name): \(value)\r\n" }
    connection.send(Array((head + "\r\n").utf8) + (body ?? []))
    return try await connection.reply(toHead: method == "HEAD", within: limit)
  }

  public func get(_ target: String, headers: [(String, String)] = []) async throws -> HTTPReply {
    try await send("GET", target, headers: headers)
  }

  /// Posts text that the caller says is JSON, also when it is not: bad input is a test too.
  public func post(_ target: String, json: String, headers: [(String, String)] = []) async throws -> HTTPReply {
    try await send("POST", target, headers: [("Content-Type", "application/json")] + headers, body: Array(json.utf8))
  }

  /// Posts a form; names and values are encoded here.
  public func post(
    _ target: String,
    form: [(String, String)],
    headers: [(String, String)] = []
  ) async throws -> HTTPReply {
    let body = form.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
    let kind = ("Content-Type", "application/x-www-form-urlencoded")
    return try await send("POST", target, headers: [kind] + headers, body: Array(body.utf8))
  }

  private func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      let plain = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
      return plain ? String(Unicode.Scalar(byte)) : (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
    }.joined()
  }
}
