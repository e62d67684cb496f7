import JSON
import Kit
import Loop
import Testing

/// One person's requests, one after the other for every daemon behind the gateway, in reading and in writing.
@LoopActor
final class MixedRequests {
  /// So many people log in, since of one person the oldest sessions end.
  private static let people = 20

  private let member: Member
  private let room: String
  private let course = StatsCaller.id()
  private var turn = 0
  /// Messages to the room, and study sessions, that were asked to be stored.
  private(set) var messages = 0
  private(set) var sessions = 1

  static func prepared(on stack: Stack) async throws -> MixedRequests {
    let client = stack.client()
    for person in 0..<people { try #require(try await client.signUp(email(person)).status == 200) }
    let member = try await client.appMember("ann@x.org")
    let room = try await ChatCaller(client: client, member: member).createRoom()
    let requests = MixedRequests(member, room: room)
    // A course without a session is not there.
    let first = StatsCaller.body(StatsCaller.id(), "5", "80", "120000")
    let stored = try await client.post("/courses/\(requests.course)", json: first, headers: member.bearer)
    try #require(stored.status == 201, "\(stored.text)")
    return requests
  }

  private init(_ member: Member, room: String) { (self.member, self.room) = (member, room) }

  private static func email(_ person: Int) -> String { "person\(person)@x.org" }

  var token: String { member.token }

  /// The next one, whole.
  func next() -> String {
    turn += 1
    switch turn % 12 {
    case 7 where turn % 24 == 7: return logIn()
    case 8, 9: return message()
    case 10, 11: return session()
    default: return read(turn % 12)
    }
  }

  /// The next one of those that change nothing.
  func nextRead() -> String {
    turn += 1
    return read(turn % 8)
  }

  private func read(_ kind: Int) -> String {
    switch kind {
    case 0: get("/user/\(member.id)/friends")
    case 1: get("/user/\(member.id)/settings")
    case 2: get("/user/\(member.id)/freebusy?from=1898874000&to=1898960400")
    case 3, 4: get("/get-room-history?room_gid=\(room)&limit=5")
    case 5: get("/get_number_of_future_messages")
    case 6: get("/api/latest_clicks?limit=\(turn % 50 + 1)")
    default: get("/courses/\(course)")
    }
  }

  private func message() -> String {
    messages += 1
    return post("/send-message", #"{"room_gid":"\#(room)","msg":"text \#(turn)"}"#)
  }

  private func session() -> String {
    sessions += 1
    return post("/courses/\(course)", StatsCaller.body(StatsCaller.id(), "5", "80", "120000"))
  }

  private func logIn() -> String {
    let email = MixedRequests.email(turn / 24 % MixedRequests.people)
    return post(
      "/login",
      #"{"email":"\#(email)","password":"\#(appPassword(1))","os":"ios","reg_id":"","app_version":"1"}"#
    )
  }

  private func get(_ target: String) -> String { request("GET", target, "") }

  private func post(_ target: String, _ json: String) -> String {
    request("POST", target, "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n", json)
  }

  private func request(_ method: String, _ target: String, _ headers: String, _ body: String = "") -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(member.token)\r\n\(headers)\r\n\(body)"
  }

  /// Whatever was acknowledged is stored, and once.
  func areStored(on stack: Stack) async throws {
    let messages = try await stack.rows("SELECT count(*) FROM chat.message")
    #expect(messages == ["\(self.messages)"])
    let sessions = try await stack.rows("SELECT count(*) FROM stats.session")
    #expect(sessions == ["\(self.sessions)"])
  }
}
