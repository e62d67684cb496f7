import Bus
import Daemon
import JSON
import Kit
import Loop
import Postgres
import Settings
import Telemetry
import Testing
import Wire

@testable import ChatCore

/// The service on its bus, with a stand-in for auth on another: what crosses the sockets is what the daemon says.
@LoopActor
private final class ChatOnBus {
  let client: BusClient
  private let server: BusServer
  private let auth: BusServer
  private let context: DaemonContext
  private let service: ChatService

  static func open(_ body: @LoopActor (ChatOnBus) async throws -> Void) async throws {
    try await ScratchDatabase.open(ChatBench.migrated, configure: { $0.transactionConnections = 1 }) { database in
      let chat = try ChatOnBus(database)
      try await body(chat)
      chat.client.end()
      await chat.server.drain(within: .seconds(1))
      await chat.auth.drain(within: .seconds(1))
    }
  }

  private init(_ database: Database) throws {
    let free = try #require(SocketAddress(host: "127.0.0.1", port: 0))
    auth = BusServer(service: "auth", key: nil)
    auth.on(Auth.FetchProfiles.self) { call, _ in
      Auth.Profiles(
        call.users.map {
          Auth.Profile(id: $0, email: nil, name: "Ann", handle: nil, phone: nil, country: "us", timezone: "UTC")
        }
      )
    }
    let authPort = try auth.listen(on: free)
    server = BusServer(service: "chat", key: nil)
    context = DaemonContext(
      name: .chat,
      log: Logger(service: "chat", sink: LogSink(write: { _ in })),
      bus: server,
      database: database,
      services: [.auth: [Endpoint(host: "127.0.0.1", port: authPort)]]
    )
    service = ChatService(ChatConfiguration(), context)
    let port = try server.listen(on: free)
    client = BusClient(service: "chat", endpoints: [("127.0.0.1", port)], key: nil)
    client.start()
  }

  /// The reply to a client's body as the gateway sends both on.
  func ask(_ call: String, _ body: String, as user: String? = ann) async throws(Failure) -> String {
    let json = RawJSON(trusted: Array(body.utf8))
    let reply = try await client.forward(call, json, CallContext(user: user.map { UserID($0) }))
    return String(decoding: reply.bytes, as: UTF8.self)
  }
}

@Suite(.needsPostgres)
struct ChatServiceTests {
  @LoopActor @Test func `a client's body goes in and the answer's data comes out`() async throws {
    try await ChatOnBus.open { chat in
      let opened = try await chat.ask("chat.create_room", "{}")
      let code = try #require(opened.wholeMatch(of: /\{"room_gid":"([A-HJ-NP-Za-km-z2-9]{8})"\}/)?.1)
      let sent = try await chat.ask("chat.send_message", #"{"msg":"hé \"\n","room_gid":"\#(code)","more":[1]}"#)
      let receipt = try #require(sent.wholeMatch(of: /\{"msgId":(\d+),"timestamp":(\d{10}\.\d{1,6})\}/))
      let entry =
        #"{"sender":{"uuid":"\#(ann)","username":"Ann"},"msg":{"msgId":\#(receipt.1),"#
        + #""txt":"hé \"\n","timestamp":\#(receipt.2)}}"#
      #expect(try await chat.ask("chat.history", #"{"room_gid":"\#(code)","limit":"5"}"#) == "[\(entry)]")
      #expect(try await chat.ask("chat.join_room", #"{"room_gid":"\#(code)"}"#, as: bob).contains(#""members":2"#))
      let rooms = try await chat.ask("chat.list_rooms", "{}", as: bob)
      let last = #""msgId":\#(receipt.1),"timestamp":\#(receipt.2)"#
      #expect(rooms == #"[{"room_gid":"\#(code)","role":"member",\#(last),"read":0,"unread":1}]"#)
      #expect(try await chat.ask("chat.lock_room", #"{"room_gid":"\#(code)","locked":true}"#) == "{}")
      #expect(try await chat.ask("chat.remove_member", #"{"room_gid":"\#(code)","uuid":"\#(bob)"}"#) == "{}")
      #expect(try await chat.ask("chat.leave_room", #"{"room_gid":"\#(code)"}"#) == "{}")
    }
  }

  @LoopActor
  @Test(arguments: [
    ("[]", Failure.invalid("body")), ("{}", .missing("room_gid")), (#"{"msg":7}"#, .missing("room_gid")),
    (#"{"room_gid":"zzzzzzzz"}"#, .missing("msg")), (#"{"room_gid":7,"msg":"x"}"#, .invalid("room_gid")),
    (#"{"room_gid":"zzzzzzzz","msg":5}"#, .invalid("msg")), (#"{"room_gid":"zzzzzzzz","msg":"x"}"#, unknownRoom),
  ])
  func `8, a bad body is told its first fault`(body: String, failure: Failure) async throws {
    try await ChatOnBus.open { chat in
      await #expect(throws: failure) { try await chat.ask("chat.send_message", body) }
    }
  }

  @LoopActor @Test func `a call for nobody is refused, whatever it asks`() async throws {
    try await ChatOnBus.open { chat in
      for call in ["create_room", "send_message", "history", "join_room", "leave_room", "list_rooms", "lock_room"] {
        await #expect(throws: Failure(.unauthenticated)) { try await chat.ask("chat.\(call)", "{}", as: nil) }
      }
    }
  }

  @LoopActor @Test func `subscribers hear of messages and of who is out`() async throws {
    try await ChatOnBus.open { chat in
      let (heard, sink) = AsyncStream.makeStream(of: String.self)
      chat.client.subscribe(Chat.Posted.self, joined: {}, received: { sink.yield("\($0.previous) \($0.id)") })
      chat.client.subscribe(Chat.MembershipEnded.self, joined: {}, received: { sink.yield($0.user.text) })
      let room = try await chat.client.call(Chat.CreateRoom(), CallContext(user: UserID(ann))).room.text
      for _ in 0..<2 { _ = try await chat.ask("chat.send_message", #"{"room_gid":"\#(room)","msg":"x"}"#) }
      _ = try await chat.ask("chat.leave_room", #"{"room_gid":"\#(room)"}"#)
      var seen: [String] = []
      for await event in heard.prefix(3) { seen.append(event) }
      #expect(seen == ["0 1", "1 2", ann])
    }
  }
}
