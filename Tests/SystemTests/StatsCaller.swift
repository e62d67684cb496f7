import JSON
import Kit
import Loop
import Testing

/// A learning app that speaks for one user, as the tests of stats.md 5 need it.
@LoopActor
struct StatsCaller {
  let client: TestClient
  let user: String

  /// A user nobody else has, known by the bare header.
  static func fresh(on stack: Stack) -> StatsCaller {
    let user = id()
    return StatsCaller(client: stack.client([("X-User-Id", user)]), user: user)
  }

  /// A new account of the chat product and a session of it.
  static func registered(on stack: Stack) async throws -> StatsCaller {
    let login = "learner-" + id()
    let account = #"{"login":"\#(login)","password":"correct horse","username":"Learner"}"#
    let made = try await stack.client().post("/register", json: account)
    try #require(made.status == 200, "\(made.text)")
    return try await signedIn(login, on: stack)
  }

  private static func signedIn(_ login: String, on stack: Stack) async throws -> StatsCaller {
    let reply = try await stack.client().post("/login", json: #"{"login":"\#(login)","password":"correct horse"}"#)
    let data = try #require(try reply.json().object?["data"]?.object, "\(reply.text)")
    let token = try #require(data["token"]?.string)
    return StatsCaller(
      client: stack.client([("Authorization", "Bearer \(token)")]),
      user: try #require(data["uuid"]?.string)
    )
  }

  /// A random UUID in lower case.
  static func id() -> String {
    let digits = (0..<32).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
    var rest = digits[...]
    return [8, 4, 4, 4, 12].map { count in
      defer { rest = rest.dropFirst(count) }
      return String(rest.prefix(count))
    }.joined(separator: "-")
  }

  /// Numbers are given as they shall stand in the JSON text.
  static func body(_ session: String, _ modules: String, _ score: String, _ time: String) -> String {
    let numbers = #""totalModulesStudied":\#(modules),"averageScore":\#(score),"timeStudied":\#(time)"#
    return #"{"sessionId":"\#(session)",\#(numbers)}"#
  }

  func post(_ course: String, _ body: String) async throws -> HTTPReply {
    try await client.post("/courses/\(course)", json: body)
  }

  /// Stores one session, which must be accepted.
  func store(
    _ course: String,
    _ session: String,
    _ modules: String,
    _ score: String,
    _ time: String,
    at place: SourceLocation = #_sourceLocation
  ) async throws {
    let reply = try await post(course, StatsCaller.body(session, modules, score, time))
    #expect(reply.status == 201, "\(reply.text)", sourceLocation: place)
    #expect(reply.text == #"{"message":"OK"}"#, sourceLocation: place)
  }

  func course(_ course: String, _ query: String = "") async throws -> HTTPReply {
    try await client.get("/courses/\(course)\(query)")
  }

  func session(_ course: String, _ session: String) async throws -> HTTPReply {
    try await client.get("/courses/\(course)/sessions/\(session)")
  }
}

/// The three numbers of an answer as doubles, nil where one is missing or no number.
struct StatsNumbers: Equatable {
  let modules: Double?
  let score: Double?
  let time: Double?

  init(_ modules: Double, _ score: Double, _ time: Double) {
    (self.modules, self.score, self.time) = (modules, score, time)
  }

  init(_ reply: HTTPReply) throws {
    let object = try reply.json().object
    func number(_ name: String) -> Double? { object?[name]?.number?.double }
    (modules, score, time) = (number("totalModulesStudied"), number("averageScore"), number("timeStudied"))
  }
}

extension HTTPReply {
  /// The failure's text, nil unless the body is exactly `{"message":"<text>"}` and says that it is JSON.
  var statsMessage: String? {
    guard header("content-type") == "application/json; charset=utf-8" else { return nil }
    guard let members = try? json().object?.members, members.map(\.name) == ["message"] else { return nil }
    return members[0].value.string
  }
}

/// Checks status and text of a failure.
func expect(
  _ reply: HTTPReply,
  _ status: Int,
  _ message: String,
  _ comment: Comment? = nil,
  at place: SourceLocation = #_sourceLocation
) {
  #expect(reply.status == status, comment, sourceLocation: place)
  #expect(reply.statsMessage == message, comment, sourceLocation: place)
}

/// Checks a success and its three numbers.
func expect(_ reply: HTTPReply, _ numbers: StatsNumbers, at place: SourceLocation = #_sourceLocation) throws {
  #expect(reply.status == 200, "\(reply.text)", sourceLocation: place)
  #expect(try StatsNumbers(reply) == numbers, sourceLocation: place)
}
