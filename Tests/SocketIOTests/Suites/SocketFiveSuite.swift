import JSON
import Kit
import Loop
import Testing

/// socketio.md 15 C 17 to 32: the official suite's cases for namespaces, events and blobs.
@LoopActor
struct SocketFiveSuite {
  private func client() async throws -> EngineClient { try await EngineClient("/socket.io/", 4) }

  private func connect(_ text: String, answers prefix: String) async throws -> WebSocketClient {
    let socket = try await client().openSocket()
    socket.send(text: text)
    let answer = try await socket.text()
    #expect(answer.hasPrefix(prefix))
    let object = try JSONValue(parsing: Array(answer.utf8.dropFirst(prefix.utf8.count))).object
    #expect(object?.names == ["sid"])
    return socket
  }

  /// Not by the heartbeat, of which a ping would be the first sign.
  private func closedAtOnce(_ socket: WebSocketClient) async throws {
    try await socket.closed()
    #expect(socket.inbox.isEmpty)
  }

  @Test func `C17: a client joins the root`() async throws {
    let socket = try await connect("40", answers: "40")
    #expect(try await socket.text() == #"42["auth",{}]"#)
    socket.close()
  }

  @Test func `C18: a client joins the root with what it has to say`() async throws {
    let socket = try await connect(#"40{"token":"123"}"#, answers: "40")
    #expect(try await socket.text() == #"42["auth",{"token":"123"}]"#)
    socket.close()
  }

  @Test(arguments: [("40/custom,", "{}"), ("40/custom", "{}"), (#"40/custom,{"token":"abc"}"#, #"{"token":"abc"}"#)])
  func `C19 C20: a client joins another namespace`(text: String, auth: String) async throws {
    let socket = try await connect(text, answers: "40/custom,")
    #expect(try await socket.text() == #"42/custom,["auth",\#(auth)]"#)
    socket.close()
  }

  @Test func `C21: nobody joins a namespace that is not there`() async throws {
    let socket = try await client().openSocket()
    socket.send(text: "40/random")
    #expect(try await socket.text() == #"44/random,{"message":"Invalid namespace"}"#)
    socket.close()
  }

  @Test func `C22: the first packet must be a CONNECT`() async throws {
    let socket = try await client().openSocket()
    socket.send(text: "4abc")
    try await closedAtOnce(socket)
  }

  @Test func `C23: who joins nothing is closed`() async throws {
    let start = ContinuousClock.now
    let socket = try await client().openSocket()
    while ContinuousClock.now - start < .seconds(3) {
      guard let text = try? await socket.text(within: .seconds(3)) else { break }
      #expect(text == "2")
      socket.send(text: "3")
    }
    try await socket.closed(within: .seconds(1))
    #expect(ContinuousClock.now - start > .milliseconds(900))
  }

  @Test func `C24: who leaves the root stays connected`() async throws {
    let socket = try await client().joined()
    socket.send(text: "41")
    #expect(try await socket.text() == "2")
    socket.close()
  }

  @Test func `C25: who leaves another namespace stays in the root`() async throws {
    let socket = try await client().joined()
    socket.send(text: "40/custom")
    #expect(try await socket.text().hasPrefix("40/custom,{"))
    #expect(try await socket.text() == #"42/custom,["auth",{}]"#)
    socket.send(text: "41/custom")
    socket.send(text: #"42["message","message to main namespace"]"#)
    #expect(try await socket.text() == #"42["message-back","message to main namespace"]"#)
    socket.close()
  }

  @Test func `C26: an event is answered by an event`() async throws {
    let socket = try await client().joined()
    socket.send(text: #"42["message",1,"2",{"3":[true]}]"#)
    #expect(try await socket.text() == #"42["message-back",1,"2",{"3":[true]}]"#)
    socket.close()
  }

  private static let blobs = #",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#

  @Test func `C27: blobs travel with an event`() async throws {
    let socket = try await client().joined()
    socket.send(text: #"452-["message""# + SocketFiveSuite.blobs)
    socket.send(binary: [1, 2, 3])
    socket.send(binary: [4, 5, 6])
    #expect(try await socket.text() == #"452-["message-back""# + SocketFiveSuite.blobs)
    #expect(try await socket.binary() == [1, 2, 3])
    #expect(try await socket.binary() == [4, 5, 6])
    socket.close()
  }

  @Test func `C28: an event is acknowledged`() async throws {
    let socket = try await client().joined()
    socket.send(text: #"42456["message-with-ack",1,"2",{"3":[false]}]"#)
    #expect(try await socket.text() == #"43456[1,"2",{"3":[false]}]"#)
    socket.close()
  }

  @Test func `C29: an event is acknowledged with its blobs`() async throws {
    let socket = try await client().joined()
    socket.send(text: #"452-789["message-with-ack""# + SocketFiveSuite.blobs)
    socket.send(binary: [1, 2, 3])
    socket.send(binary: [4, 5, 6])
    #expect(try await socket.text() == "462-789[" + SocketFiveSuite.blobs.dropFirst())
    #expect(try await socket.binary() == [1, 2, 3])
    #expect(try await socket.binary() == [4, 5, 6])
    socket.close()
  }

  @Test(arguments: [
    "4abc", "42{}", "42abc[\"message-with-ack\",1]", #"42"x""#, "42[]", "42[{}]", #"42["connect"]"#, "41{}", "40", "49",
    #"42/custom,["x"]"#, "44", "451.23-", "45a-", "45", #"4511-["x"]"#, #"4342"#, #"43["x"]"#, "40[]",
    #"429007199254740993["x"]"#,
  ])
  func `C30 C31 C32: what is no packet closes the connection`(text: String) async throws {
    let socket = try await client().joined()
    socket.send(text: text)
    try await closedAtOnce(socket)
  }

  @Test func `a number beyond the attachments closes the connection`() async throws {
    let socket = try await client().joined()
    socket.send(text: #"451-["message",{"_placeholder":true,"num":1}]"#)
    socket.send(binary: [1])
    try await closedAtOnce(socket)
  }

  @Test func `an event nobody knows is acknowledged all the same`() async throws {
    let socket = try await client().joined()
    socket.send(text: #"427["nobody knows"]"#)
    #expect(try await socket.text() == "437[]")
    socket.close()
  }
}
