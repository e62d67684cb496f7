import FoundationEssentials
import JSON
import Kit
import Loop
import Settings
import Testing

/// Ann, bob and cyd of jarvis.md 5, with a calendar on the morning of Monday 2030-03-04 in Los Angeles.
@LoopActor
final class CalendarStack {
  /// 2030-03-04 09:00 in America/Los_Angeles.
  static let monday = 1_898_874_000
  static let zone = "America/Los_Angeles"

  let stack: Stack
  let client: TestClient
  private let accounts: Accounts
  private(set) var ann: Member
  private(set) var bob: Member
  private(set) var cyd: Member

  private init(_ stack: Stack, _ accounts: Accounts, _ people: [Member]) {
    self.stack = stack
    self.accounts = accounts
    client = stack.client()
    (ann, bob, cyd) = (people[0], people[1], people[2])
  }

  private static let emails = ["ann@x.org", "bob@x.org", "cyd@x.org"]

  static func with<T>(
    _ services: [ServiceName] = [.auth, .calendar, .gateway],
    as signIn: SignIn = .suite,
    settings: [String: String] = [:],
    _ body: @LoopActor (CalendarStack) async throws -> T
  ) async throws -> T {
    let settings = ["CARILLON_RATE_LIMITS": "off"].merging(settings) { $1 }
    return try await Accounts.with(signIn, services, settings: settings) { stack, accounts in
      try await body(try await on(stack, accounts))
    }
  }

  /// Moves the daemons to that Monday and the people in.
  static func on(_ stack: Stack, _ accounts: Accounts? = nil) async throws -> CalendarStack {
    try await stack.moveClock(by: Double(monday) - Date().timeIntervalSince1970)
    let accounts = if let accounts { accounts } else { try await Accounts() }
    var people: [Member] = []
    for email in emails {
      let member = try await accounts.member(email, on: stack)
      let home = try await stack.client().post("/user", json: #"{"timezone":"\#(zone)"}"#, headers: member.bearer)
      #expect(home.status == 200)
      people.append(member)
    }
    return CalendarStack(stack, accounts, people)
  }

  /// Shifts the daemons' clock; whose session may have ended by then signs in again.
  func moveClock(by seconds: Double) async throws {
    try await stack.moveClock(by: seconds)
    guard accounts.sessionsEnd, seconds > 3600 else { return }
    ann = try await accounts.session("ann@x.org", on: stack)
    bob = try await accounts.session("bob@x.org", on: stack)
    cyd = try await accounts.session("cyd@x.org", on: stack)
  }

  /// Somebody else, who signs in as the others do.
  func member(_ email: String) async throws -> Member { try await accounts.member(email, on: stack) }

  // MARK: - What people do

  func send(_ method: String, _ path: String, _ json: String? = nil, by member: Member?) async throws -> HTTPReply {
    let kind = json.map { _ in [("Content-Type", "application/json")] } ?? []
    return try await client.send(
      method,
      path,
      headers: (member?.bearer ?? []) + kind,
      body: json.map { Array($0.utf8) }
    )
  }

  func get(_ path: String, by member: Member?) async throws -> HTTPReply { try await send("GET", path, by: member) }

  /// Ann's lunch of scenario 6; gives its id.
  func lunch(
    length: String = "1:0",
    deadline: String = "2030-3-8",
    invitees: String = #"["bob@x.org","CYD@x.org","bob@x.org"]"#,
    more: String = ""
  ) async throws -> String {
    let body = #"{"name":"Lunch","deadline":"\#(deadline)","length":"\#(length)","invitees":\#(invitees)\#(more)}"#
    let reply = try await send("POST", "/user/ann@x.org/events/", body, by: ann)
    #expect(reply.status == 200, "\(reply.text)")
    return try #require(try reply.value("id")?.string)
  }

  /// One slot on 5 March, in hours.
  func vote(
    _ member: Member,
    _ email: String,
    on event: String,
    from: Int,
    to: Int,
    query: String = "decline=false"
  ) async throws -> HTTPReply {
    let slot = #"{"timeslots":[{"startTime":"2030-03-05 \#(from):00","endTime":"2030-03-05 \#(to):00"}]}"#
    return try await send("PUT", "/user/\(email)/events/\(event)?\(query)", slot, by: member)
  }

  /// The answers of scenario 9.
  func everybodyVotes(on event: String) async throws {
    for (member, email, from) in [(ann, "ann@x.org", 10), (bob, "bob@x.org", 10), (cyd, "cyd@x.org", 11)] {
      #expect(try await vote(member, email, on: event, from: from, to: 12).status == 200)
    }
  }

  func activate(_ event: String, by member: Member, at start: String = "2030-03-05 11:00") async throws -> HTTPReply {
    try await send("POST", "/events/\(event)/activate", #"{"startTime":"\#(start)"}"#, by: member)
  }

  /// Pushes that wait for delivery, `type user`, in their order; for stacks without a delivery daemon.
  func waitingPushes() async throws -> [String] {
    let lines = try await stack.rows(
      "SELECT convert_from(body, 'UTF8') FROM calendar.outbox WHERE call = 'delivery.push' ORDER BY id"
    )
    return try lines.map { line in
      let push = try JSONValue(parsing: Array(line.utf8))
      #expect(push.member("title")?.string?.isEmpty == false)
      #expect(push.member("body")?.string?.isEmpty == false)
      return "\(push.member("data")?.member("type")?.string ?? "") \(push.member("to")?.string ?? "")"
    }
  }
}
