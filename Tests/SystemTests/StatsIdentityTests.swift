import Glibc
import Kit
import Loop
import Settings
import Testing

/// Who a request speaks for where nobody's bare header is believed, which is the default.
@Suite(.needsDaemons, .stack([.auth, .stats, .gateway])) @LoopActor struct StatsIdentityTests {
  private let stack: Stack
  private let course = StatsCaller.id()
  private let session = StatsCaller.id()

  init() throws { stack = try StackTrait.stack }

  @Test func `stats 19: a foreign user id never reaches the foreign numbers`() async throws {
    let victim = try await StatsCaller.registered(on: stack)
    let attacker = try await StatsCaller.registered(on: stack)
    try await victim.store(course, session, "5", "80", "120000")
    try await attacker.store(course, session, "1", "2", "3")
    let foreign = [("X-User-Id", victim.user)]
    let body = StatsCaller.body(session, "9", "9", "9")
    let target = "/courses/\(course)"
    expect(try await attacker.client.get(target, headers: foreign), 403, "user mismatch")
    expect(try await attacker.client.get("\(target)/sessions/\(session)", headers: foreign), 403, "user mismatch")
    expect(try await attacker.client.post(target, json: body, headers: foreign), 403, "user mismatch")
    try expect(await victim.course(course), StatsNumbers(5, 80, 120_000))
    try expect(await attacker.course(course), StatsNumbers(1, 2, 3))
  }

  @Test func `a user id that agrees with the session changes nothing, in either case`() async throws {
    let learner = try await StatsCaller.registered(on: stack)
    try await learner.store(course, session, "5", "80", "120000")
    for user in [learner.user, learner.user.uppercased(), ""] {
      let reply = try await learner.client.get("/courses/\(course)", headers: [("X-User-Id", user)])
      try expect(reply, StatsNumbers(5, 80, 120_000))
    }
    expect(try await learner.client.get("/courses/\(course)", headers: [("X-User-Id", "abc")]), 400, "invalid userId")
  }

  @Test func `without a session every route says 401, whatever else is wrong`() async throws {
    let learner = try await StatsCaller.registered(on: stack)
    try await learner.store(course, session, "5", "80", "120000")
    let strangers: [[(String, String)]] = [
      [], [("X-User-Id", learner.user)], [("Authorization", "Bearer \(StatsCaller.id())")],
      [("Authorization", "Bearer ")], [("Authorization", "Basic YTpi")], [("Cookie", "carillon_session=abc")],
      [("X-User-Id", learner.user), ("Authorization", "Bearer x")], [("X-User-Id", "abc")], [("Cookie", "theme=dark")],
    ]
    for headers in strangers {
      let client = stack.client(headers)
      expect(try await client.get("/courses/\(course)"), 401, "unauthorized", "\(headers)")
      expect(try await client.get("/courses/\(course)/sessions/\(session)"), 401, "unauthorized", "\(headers)")
      expect(try await client.post("/courses/\(course)", json: "{"), 401, "unauthorized", "\(headers)")
    }
    try expect(await learner.course(course), StatsNumbers(5, 80, 120_000))
  }

  @Test func `a session that has ended is nobody at once`() async throws {
    let learner = try await StatsCaller.registered(on: stack)
    try await learner.store(course, session, "5", "80", "120000")
    #expect(try await learner.client.send("POST", "/logout", body: []).status == 200)
    expect(try await learner.course(course), 401, "unauthorized")
  }

  @Test(.enabled(if: TestEnvironment.transport == .tcp, "over NATS it listens nowhere"))
  func `the stats daemon itself listens on loopback only`() throws {
    // /proc/net/tcp writes the address in hex, least byte first; state 0A is a listener.
    let port = String(stack.busPort(of: .stats), radix: 16, uppercase: true)
    let suffix = ":" + String(repeating: "0", count: 4 - port.count) + port
    let listeners = try lines(of: "/proc/net/tcp").map { $0.split(separator: " ") }
      .filter { $0.count > 3 && $0[3] == "0A" && $0[1].hasSuffix(suffix) }
    #expect(listeners.map { $0[1].prefix(8) } == ["0100007F"])
    #expect(try lines(of: "/proc/net/tcp6").allSatisfy { !$0.contains(suffix + " ") || !$0.contains(" 0A ") })
  }

  private func lines(of path: String) throws -> [Substring] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }
}
