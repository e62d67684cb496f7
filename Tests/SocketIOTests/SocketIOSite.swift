import HTTP
import JSON
import Kit
import Loop
import Testing

@testable import SocketIO

/// A Socket.IO server in this process, on a port of its own.
@LoopActor
final class SocketIOSite {
  let sockets: SocketIOServer
  private(set) var port = 0
  private let journal = Journal()
  var events: [SocketIOEvent] { journal.events }
  /// What the application saw, in order.
  private(set) var log: [String] = []
  let change = Change()
  private var server: HTTPServer?

  init(_ adjust: (inout EngineSettings) -> Void = { _ in }) throws {
    var settings = EngineSettings()
    settings.handshakesPerMinute = 0
    adjust(&settings)
    let journal = journal
    sockets = SocketIOServer(settings) { journal.events.append($0) }
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(),
      admit: { [sockets] in sockets.admit($0) },
      refusal: { refusal, _ in HTTPResponse(status: refusal.status) },
      handle: { [sockets] in await sockets.handle($0) }
    )
    self.server = server
    port = try server.start()
  }

  func end() async {
    sockets.stop()
    await server?.drain(within: .seconds(2))
  }

  func note(_ line: String) {
    log.append(line)
    change.announce()
  }

  /// Waits until the application has seen that.
  func noted(_ line: String) async throws {
    try await change.until(line, within: .seconds(10), seen: { self.log.joined(separator: ", ") }) {
      log.contains(line) ? () : nil
    }
  }

  /// Lets everybody into `/` and notes what becomes of them.
  func watchRoot(_ received: @escaping @LoopActor (Socket, SocketMessage) async -> Void = { _, _ in }) {
    sockets.namespace().connect = { socket, _ in
      socket.received = { [unowned socket] message in
        self.note("\(message.name)")
        await received(socket, message)
      }
      socket.left = { self.note("left: \($0.rawValue)") }
      return .accept
    }
    sockets.namespace().joined = { _ in self.note("joined") }
  }

  // MARK: - Clients

  func get(_ query: String, headers: [(String, String)] = []) async throws -> HTTPReply {
    try await TestClient(port: port).get("/socket.io/?transport=polling&\(query)", headers: headers)
  }

  func post(_ query: String, _ body: String) async throws -> HTTPReply {
    let target = "/socket.io/?transport=polling&\(query)"
    return try await TestClient(port: port).send("POST", target, body: Array(body.utf8))
  }

  /// Begins a polling session of revision 4 in `/` and gives its query.
  func poller4() async throws -> String {
    let open = try openPacket(try await get("EIO=4").text)
    let query = "EIO=4&sid=\(try #require(open["sid"]?.string))"
    #expect(try await post(query, "40").text == "ok")
    #expect(try await get(query).text.hasPrefix("40{"))
    return query
  }

  /// The same for revision 3, where the first answer has joined it already.
  func poller3(extra: String = "") async throws -> String {
    let text = try await get("EIO=3\(extra)").text
    #expect(text.hasSuffix("}2:40"))
    let json = text[try #require(text.firstIndex(of: "0"))...(try #require(text.lastIndex(of: "}")))]
    return "EIO=3&sid=\(try #require(try openPacket(String(json.drop { $0 != "0" }))["sid"]?.string))"
  }

  func socket(_ query: String) async throws -> WebSocketClient {
    try await WebSocketClient(port: port, path: "/socket.io/?transport=websocket&\(query)")
  }

  /// A WebSocket that has joined `/`.
  func joined4() async throws -> WebSocketClient {
    let socket = try await socket("EIO=4")
    #expect(try await socket.text().hasPrefix("0{"))
    socket.send(text: "40")
    #expect(try await socket.text().hasPrefix("40{"))
    return socket
  }

  func joined3() async throws -> WebSocketClient {
    let socket = try await socket("EIO=3")
    #expect(try await socket.text().hasPrefix("0{"))
    #expect(try await socket.text() == "40")
    return socket
  }
}

func json(_ text: String) -> RawJSON { RawJSON(trusted: Array(text.utf8)) }

@LoopActor
private final class Journal {
  var events: [SocketIOEvent] = []
}
