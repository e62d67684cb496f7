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
  private let context: DaemonContext
  private let service: ChatService

  static func open(_ transport: Transport, _ body: @LoopActor (ChatOnBus) async throws -> Void) async throws {
    try await ScratchDatabase.open(ChatBench.migrated, configure: { $0.transactionConnections = 1 }) { database in
      try await MeetingPlace.with(transport) { place in try await body(try await ChatOnBus(database, at: place)) }
    }
  }

  private init(_ database: Database, at place: MeetingPlace) async throws {
    let (connected, sink) = AsyncStream.makeStream(of: Void.self)
    let auth = BusServer(service: "auth", key: nil)
    auth.on(Auth.FetchProfiles.self) { call, _ in
      Auth.Profiles(
        call.users.map {
          Auth.Profile(id: $0, email: nil, name: "Ann", handle: nil, phone: nil, country: "us", timezone: "UTC")
        }
      )
    }
    try place.open(auth, as: .auth)
    let server = BusServer(service: "chat", key: nil)
    context = DaemonContext(
      name: .chat,
      log: Logger(service: "chat", sink: LogSink(write: { _ in })),
      bus: server,
      database: database,
      services: place.endpoints,
      line: place.line("chat's calls"),
      events: { if case .bus(.connected("auth", _)) = $0 { sink.yield() } }
    )
    service = ChatService(ChatConfiguration(), context)
    try place.open(server, as: .chat)
    client = await place.client(of: .chat)
    for await _ in connected { break }
  }

  /// The reply to a client's body as the gateway sends both on.
  func ask(_ call: String, _ body: String, as user: String? = ann) async throws(Failure) -> String {
    let json = RawJSON(trusted: Array(body.utf8))
    let reply = try await client.forward(call, json, CallContext(user: user.map { UserID($0) }))
    return String(decoding: reply.bytes, as: UTF8.self)
  }
}

@Suite(.needsPostgres, .needsNATS)
struct ChatServiceTests {
  @LoopActor @Test(arguments: Transport.allCases)
  func `a client's body goes in and the answer's data comes out`(over transport: Transport) async throws {
    try await ChatOnBus.open(transport) { chat in
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
    try await ChatOnBus.open(.tcp) { chat in
      await #expect(throws: failure) { try await chat.ask("chat.send_message", body) }
    }
  }

  @LoopActor @Test(arguments: Transport.allCases)
  func `a call for nobody is refused, whatever it asks`(over transport: Transport) async throws {
    try await ChatOnBus.open(transport) { chat in
      for call in ["create_room", "send_message", "history", "join_room", "leave_room", "list_rooms", "lock_room"] {
        await #expect(throws: Failure(.unauthenticated)) { try await chat.ask("chat.\(call)", "{}", as: nil) }
      }
    }
  }

  @LoopActor @Test(arguments: Transport.allCases)
  func `subscribers hear of messages and of who is out`(over transport: Transport) async throws {
    try await ChatOnBus.open(transport) { chat in
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
