import JSON
import Kit
import Loop
import Testing

/// What the apps ask for with their session.
@LoopActor
extension TestClient {
  func futureSend(
    _ text: String,
    by member: Member,
    to targets: [String],
    _ option: String = #"{"type":"now"}"#,
    photo: String? = nil,
    headers: [(String, String)] = []
  ) async throws -> HTTPReply {
    let list = "[" + targets.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    var form = [("message", text), ("receiver_ids", list), ("delivery_option", option)]
    if let photo { form.append(("photo_id", photo)) }
    return try await post("/send", form: form, headers: member.cookie + headers)
  }

  struct Received {
    let cursor: String
    let items: [JSONObject]
    var texts: [String] { items.compactMap { $0["message"]?.string } }
  }

  func receiveAll(_ member: Member, after cursor: String) async throws -> Received {
    let reply = try await get("/receive_all?ts=\(cursor)", headers: member.cookie)
    #expect(reply.status == 200, "\(reply.text)")
    let answer = try reply.json()
    let cursor = try #require(answer.member("ts")?.number?.literal)
    return Received(cursor: cursor, items: answer.member("new_messages")?.array?.compactMap(\.object) ?? [])
  }

  func text(_ path: String, _ member: Member) async throws -> String {
    let reply = try await get(path, headers: member.cookie)
    #expect(reply.status == 200)
    return reply.text
  }

  func future(_ member: Member) async throws -> String { try await text("/get_number_of_future_messages", member) }

  func resend(_ id: String, by member: Member) async throws -> Int {
    try await post("/resend", form: [("message_id", id)], headers: member.cookie).status
  }

  func setDevice(_ phone: String, os: String, token: String, of member: Member) async throws {
    let form = [("phone_number", phone), ("reg_id", token), ("os", os)]
    #expect(try await post("/define_first_phone_number", form: form, headers: member.cookie).status == 200)
  }
}

/// Waits until the database's answer is this one. Asked again and again: what is told between daemons tells no test.
@LoopActor
extension Stack {
  func until(_ sql: String, is wanted: String, within limit: Duration = .seconds(10)) async throws {
    let deadline = ContinuousClock.now + limit
    var seen = try await rows(sql)
    while seen != [wanted], ContinuousClock.now < deadline {
      try await pause(for: .milliseconds(30))
      seen = try await rows(sql)
    }
    #expect(seen == [wanted], "\(sql)")
  }

  /// Waits until delivery has heard of a number.
  func known(_ phone: String) async throws {
    try await until("SELECT count(*) FROM delivery.person WHERE phone = '\(phone)'", is: "1")
  }
}
