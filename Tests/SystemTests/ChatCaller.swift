import JSON
import Kit
import Loop
import Testing

/// Somebody in chat's rooms, over HTTP.
@LoopActor
struct ChatCaller {
  let client: TestClient
  let member: Member

  static func registered(_ login: String, on stack: Stack) async throws -> ChatCaller {
    ChatCaller(client: stack.client(), member: try await stack.client().chatMember(login))
  }

  /// The same person at another gateway.
  func at(_ stack: Stack) -> ChatCaller { ChatCaller(client: stack.client(), member: member) }

  func post(_ path: String, _ body: String) async throws -> HTTPReply {
    try await client.post(path, json: body, headers: member.bearer)
  }

  func get(_ path: String) async throws -> HTTPReply { try await client.get(path, headers: member.bearer) }

  func createRoom() async throws -> String {
    try #require(try await post("/create-room", "{}").value("data", "room_gid")?.string)
  }

  func join(_ room: String) async throws {
    let reply = try await post("/join-room", #"{"room_gid":"\#(room)"}"#)
    try #require(reply.status == 200, "\(reply.text)")
  }

  /// Sends a text that needs no escapes, which must be accepted; gives its id.
  @discardableResult
  func send(_ text: String, to room: String) async throws -> Int {
    let reply = try await post("/send-message", #"{"room_gid":"\#(room)","msg":"\#(text)"}"#)
    return try #require(try reply.value("data", "msgId")?.number?.int, "\(reply.text)")
  }

  func history(_ room: String, _ query: String = "") async throws -> [ChatEntry] {
    let reply = try await get("/get-room-history?room_gid=\(room)\(query)")
    return try #require(try reply.value("data")?.array, "\(reply.text)").map { try ChatEntry($0) }
  }

  func listen(_ room: String, after: Int? = nil, on stack: Stack) async throws -> ChatListener {
    try await ChatListener(stack.chatPort, ChatListener.handshake(member, room, after: after))
  }
}

/// Plays a scene three times and gives the shortest time: the machine may stall once, a way that is slow is slow each time.
@LoopActor
func quickest(of scene: @LoopActor () async throws -> Duration) async throws -> Duration {
  var times: [Duration] = []
  for _ in 0..<3 { times.append(try await scene()) }
  return times.reduce(times[0], min)
}

/// What history and live lines hold.
struct ChatEntry: Equatable {
  let id: Int
  let text: String
  let sender: String
  let name: String
  let timestamp: Double

  init(_ value: JSONValue) throws {
    id = try #require(value.member("msg")?.member("msgId")?.number?.int)
    text = try #require(value.member("msg")?.member("txt")?.string)
    timestamp = try #require(value.member("msg")?.member("timestamp")?.number?.double)
    sender = try #require(value.member("sender")?.member("uuid")?.string)
    name = try #require(value.member("sender")?.member("username")?.string)
  }
}

/// A connection to the chat port that keeps every line.
@LoopActor
final class ChatListener {
  private(set) var lines: [String] = []
  private(set) var bytes = 0
  private(set) var isClosed = false
  /// Why, where it was no decent end.
  private(set) var fault: SocketError?
  private var rest: [UInt8] = []
  private let stream: TCPStream
  private let change = Change()

  static func handshake(_ member: Member, _ room: String, after: Int? = nil) -> String {
    let more = after.map { #","after":\#($0)"# } ?? ""
    return #"{"uuid":"\#(member.id)","room_gid":"\#(room)","token":"\#(member.token)"\#(more)}"#
  }

  init(_ port: Int, _ handshake: String) async throws {
    stream = try await TCPStream.connect(to: SocketAddress.resolve(host: "127.0.0.1", port: port))
    stream.whenReceived { self.take($0) }
    stream.closed = {
      self.fault = $0
      self.isClosed = true
      self.change.announce()
    }
    send(handshake)
  }

  func send(_ text: String) { stream.write(Array(text.utf8)) }
  func close() { stream.close() }

  private func take(_ piece: [UInt8]) {
    bytes += piece.count
    rest += piece
    while let end = rest.firstIndex(of: 0x0A) {
      lines.append(String(decoding: rest[..<end], as: UTF8.self))
      rest.removeSubrange(...end)
    }
    change.announce()
  }

  var entries: [ChatEntry] {
    get throws { try lines.map { try ChatEntry(JSONValue(parsing: Array($0.utf8))) } }
  }

  /// Waits for that many lines in all.
  func has(_ count: Int, within limit: Duration = .seconds(10)) async throws {
    try await change.until("\(count) lines", within: limit, seen: { "\(self.lines.count) lines" }) {
      lines.count >= count ? () : nil
    }
  }

  /// Waits until what it was told says so.
  func tells(
    _ what: String,
    within limit: Duration = .seconds(5),
    _ isSo: @LoopActor () throws -> Bool
  ) async throws {
    try await change.until(what, within: limit, seen: { self.lines.suffix(5).joined(separator: "\n") }) {
      try isSo() ? () : nil
    }
  }

  /// Waits for the server to close, and tells how long that took.
  @discardableResult
  func closed(within limit: Duration = .seconds(10)) async throws -> Duration {
    let started = ContinuousClock.now
    try await change.until("end of the connection", within: limit, seen: { "\(self.lines.count) lines" }) {
      isClosed ? () : nil
    }
    return .now - started
  }
}
