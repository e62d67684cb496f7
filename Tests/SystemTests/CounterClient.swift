import JSON
import Kit
import Loop
import Settings

/// A client of the counter that speaks frames by hand, over a WebSocket.
@LoopActor
final class CounterClient {
  struct Unexpected: Error {
    let frame: String
  }

  enum Generation: Int { case three = 3, four = 4 }

  let socket: WebSocketClient
  let generation: Generation
  private var lastID = 0

  /// Connects; the next messages are the stats and the status.
  static func connect(_ stack: Stack, _ generation: Generation = .three, port: Int? = nil) async throws -> CounterClient
  {
    let path = "/api/socket.io/?EIO=\(generation.rawValue)&transport=websocket"
    let client = CounterClient(try await WebSocketClient(port: port ?? stack.httpPort, path: path), generation)
    let open = try await client.socket.text()
    guard open.hasPrefix("0{") else { throw Unexpected(frame: open) }
    if generation == .four { client.socket.send(text: "40") }
    let joined = try await client.frame()
    guard joined.hasPrefix("40") else { throw Unexpected(frame: joined) }
    return client
  }

  /// Connects and takes what a newcomer is told.
  static func settled(
    _ stack: Stack,
    _ generation: Generation = .three,
    port: Int? = nil
  ) async throws -> CounterClient {
    let client = try await connect(stack, generation, port: port)
    try await client.frame(beginning: #"42["status""#)
    return client
  }

  private init(_ socket: WebSocketClient, _ generation: Generation) {
    self.socket = socket
    self.generation = generation
  }

  /// The next frame that is no heartbeat, which is answered.
  func frame(within limit: Duration = .seconds(10)) async throws -> String {
    while true {
      let text = try await socket.text(within: limit)
      if text == "2" { socket.send(text: "3") } else if text != "3" { return text }
    }
  }

  /// The next frames, that many.
  func frames(_ count: Int) async throws -> [String] {
    var frames: [String] = []
    for _ in 0..<count { frames.append(try await frame()) }
    return frames
  }

  /// Passes over frames until one begins so.
  @discardableResult
  func frame(beginning start: String) async throws -> String {
    while true {
      let frame = try await frame()
      if frame.hasPrefix(start) { return frame }
    }
  }

  func send(_ text: String) { socket.send(text: text) }
  func name(_ name: String) { send(#"42["auth","\#(name)"]"#) }
  func click(_ members: String) { send(#"42["click",{\#(members)}]"#) }

  /// Sends an event with an id and takes the frames up to its acknowledgement; gives those before it, then its payload.
  func ask(_ event: String) async throws -> (before: [String], reply: String) {
    lastID += 1
    send("42\(lastID)\(event)")
    var before: [String] = []
    while true {
      let frame = try await frame()
      if frame.hasPrefix("43\(lastID)[") { return (before, String(frame.dropFirst("43\(lastID)".count))) }
      before.append(frame)
    }
  }

  func close() { socket.close() }
}

/// Frames as clients get them.
enum Shown {
  static func toast(_ text: String) -> String {
    #"42["message",{"text":"\#(text)","style":"medium highlight","type":"toast"}]"#
  }

  static func status(_ count: Int) -> String { #"42["status",{"user_count":\#(count)}]"# }

  /// The object of a frame such as `42["click",{...}]`.
  static func object(_ frame: String) throws -> JSONObject {
    let payload = Array(frame.utf8.dropFirst(2))
    return try JSONValue(parsing: payload).array?.last?.object ?? JSONObject()
  }

  static func stats(_ total: Int, today: Int? = nil, hour: Int? = nil, events: Int = 0) -> String {
    #"42["stats",{"click_count_total":\#(total),"click_count_today":\#(today ?? total),"#
      + #""click_count_hour":\#(hour ?? total),"event_count_total":\#(events),"event_count_today":\#(events),"#
      + #""event_count_hour":\#(events)}]"#
  }
}

/// A stack with a fresh counter. Of several gateways one may hear of a click a moment after another has acknowledged it, so
/// there no list is answered twice.
@LoopActor
func withCounter(
  _ settings: [String: String] = [:],
  copies: Int = TestEnvironment.copies,
  _ body: @LoopActor (Stack) async throws -> Void
) async throws {
  let own = (copies > 1 ? ["CARILLON_LIVE_CACHE": "0s"] : [:]).merging(settings) { $1 }
  try await Stack.with([.live, .auth, .gateway], settings: own, copies: copies, atNoon: true) { try await body($0) }
}

extension Stack {
  func list(_ name: String) async throws -> [JSONValue] { try await client().get("/api/\(name)").json().array ?? [] }

  /// A list's elements as the values of some of their members.
  func list(_ name: String, _ members: String...) async throws -> [[JSONValue?]] {
    try await list(name).map { entry in members.map { entry.object?[$0] } }
  }

  func stat(_ name: String) async throws -> Int? {
    try await client().get("/api/current_stats").json().object?[name]?.number?.int
  }
}
