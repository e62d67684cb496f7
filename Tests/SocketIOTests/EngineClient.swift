import JSON
import Kit
import Loop
import Testing

/// A client of one path of the echo server, in one revision, speaking by hand.
@LoopActor
struct EngineClient {
  let port: Int
  let path: String
  let revision: Int
  /// More of the query, such as `&b64=1`.
  var extra = ""

  init(_ path: String, _ revision: Int, extra: String = "") async throws {
    port = try await EchoProcess.port()
    self.path = path
    self.revision = revision
    self.extra = extra
  }

  private var http: TestClient { TestClient(port: port) }

  /// A request with exactly this query.
  func send(_ method: String, query: String, body: String? = nil) async throws -> HTTPReply {
    try await http.send(method, "\(path)?\(query)", body: body.map { Array($0.utf8) })
  }

  func get(_ sid: String? = nil) async throws -> HTTPReply {
    try await send("GET", query: "EIO=\(revision)&transport=polling\(extra)" + (sid.map { "&sid=\($0)" } ?? ""))
  }

  func post(_ sid: String, _ body: String) async throws -> HTTPReply {
    try await send("POST", query: "EIO=\(revision)&transport=polling&sid=\(sid)", body: body)
  }

  /// Begins a session by polling and gives its id.
  func open() async throws -> String {
    let reply = try await get()
    #expect(reply.status == 200)
    let text = reply.text
    let json = text[try #require(text.firstIndex(of: "{"))...(try #require(text.firstIndex(of: "}")))]
    return try sid(String(json))
  }

  /// A WebSocket with exactly this query.
  func socket(query: String) async throws -> WebSocketClient {
    try await WebSocketClient(port: port, path: "\(path)?\(query)")
  }

  /// A WebSocket for the session, or one that begins its own.
  func socket(_ sid: String? = nil) async throws -> WebSocketClient {
    try await socket(query: "EIO=\(revision)&transport=websocket" + (sid.map { "&sid=\($0)" } ?? ""))
  }

  /// A session on WebSocket, its open packet taken.
  func openSocket() async throws -> WebSocketClient {
    let socket = try await socket()
    #expect(try await socket.text().hasPrefix("0{"))
    return socket
  }

  /// A socket of `/socket.io/` that has joined `/`, its `auth` event taken.
  func joined() async throws -> WebSocketClient {
    let socket = try await openSocket()
    socket.send(text: "40")
    #expect(try await socket.text().hasPrefix("40{"))
    #expect(try await socket.text() == #"42["auth",{}]"#)
    return socket
  }

  /// Whether the server refuses a WebSocket with this query.
  func refusesSocket(query: String) async throws -> Bool {
    do {
      try await socket(query: query).cut()
      return false
    } catch let refused as WebSocketClient.Refused {
      return refused.reply.status == 400
    }
  }

  private func sid(_ json: String) throws -> String {
    try #require(try JSONValue(parsing: Array(json.utf8)).object?["sid"]?.string)
  }
}

/// The keys and values of an open packet.
func openPacket(_ text: String) throws -> JSONObject {
  try #require(text.first == "0")
  return try #require(try JSONValue(parsing: Array(text.utf8.dropFirst())).object)
}

extension JSONObject {
  var names: Set<String> { Set(members.map(\.name)) }
}
