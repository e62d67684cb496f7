import Glibc
import JSON
import Kit
import Loop
import Settings
import Testing

/// What callers are told while a part of the suite is away, and that it comes back by itself.
@Suite(.needsDaemons, .serialized) @LoopActor struct StatsOutageTests {
  private static let services: [ServiceName] = [.auth, .stats, .gateway]
  /// What a route may take before it says that its database is away.
  private static let limit = Duration.seconds(6)
  private let course = StatsCaller.id()
  private let session = StatsCaller.id()

  /// One request of a route, with the body that it takes.
  private struct Request: CustomStringConvertible {
    let method: String
    let target: String
    var body: String?
    var kind = "application/json"
    var description: String { "\(method) \(target)" }

    init(_ method: String, _ target: String, _ body: String? = nil, form: Bool = false) {
      (self.method, self.target, self.body) = (method, target, body)
      if form { kind = "application/x-www-form-urlencoded" }
    }
  }

  private func send(_ request: Request, _ caller: StatsCaller) async throws -> HTTPReply {
    try await caller.client.send(
      request.method,
      request.target,
      headers: request.body.map { _ in [("Content-Type", request.kind)] } ?? [],
      body: request.body.map { Array($0.utf8) },
      within: StatsOutageTests.limit
    )
  }

  private var statsRequests: [Request] {
    let body = StatsCaller.body(session, "6", "70", "1")
    return [
      Request("POST", "/courses/\(course)", body),
      Request("GET", "/courses/\(course)"),
      Request("GET", "/courses/\(course)?weighting=modules"),
      Request("GET", "/courses/\(course)/sessions/\(session)"),
      Request("GET", "/courses/\(course)/sessions"),
      Request("DELETE", "/courses/\(course)/sessions/\(session)"),
      Request("GET", "/courses"),
      Request("GET", "/users/me/export"),
      Request("DELETE", "/users/me/stats"),
    ]
  }

  private func accountRequests(_ user: String) -> [Request] {
    let name = StatsCaller.id()
    let account = #"{"login":"\#(name)","password":"correct horse","username":"Name"}"#
    return [
      Request("POST", "/register", account),
      Request("POST", "/login", account),
      Request("POST", "/signup", "email=\(name)%40example.org&password=horse", form: true),
      Request("POST", "/login", "email=\(name)%40example.org&password=horse&os=ios&reg_id=", form: true),
      Request("POST", "/send_reset_mail", "email=\(name)%40example.org", form: true),
      Request("POST", "/define_first_phone_number", "phone_number=0611&os=ios&reg_id=", form: true),
      Request("GET", "/user?q=\(name)"),
      Request("GET", "/user/\(StatsCaller.id())"),
      Request("GET", "/user/\(user)/friends"),
      Request("GET", "/user/\(user)/friend_requests"),
      Request("POST", "/logout", ""),
    ]
  }

  /// All at once: what one route waits must not add to what another does.
  private func replies(to requests: [Request], _ caller: StatsCaller) async throws -> [(Request, HTTPReply)] {
    let tasks = requests.map { request in
      Task { @LoopActor in try await (request, send(request, caller)) }
    }
    var replies: [(Request, HTTPReply)] = []
    for task in tasks { replies.append(try await task.value) }
    return replies
  }

  private func expectAway(_ reply: HTTPReply, _ comment: Comment) {
    #expect(reply.status == 503, comment)
    #expect(reply.header("Retry-After").flatMap { Int($0) } ?? 0 >= 1, comment)
    #expect((try? reply.json().object) != nil, comment)
  }

  /// What is found out about a daemon is kept for a second.
  private func healthy(_ services: [ServiceName], _ stack: Stack) async throws {
    let target = "/healthz?service=\(services.map(\.rawValue).joined(separator: ","))"
    let deadline = ContinuousClock.now + .seconds(10)
    while try await stack.client().get(target).status != 200 { try #require(ContinuousClock.now < deadline) }
  }

  @Test func `a monitor of the whole suite hears of each daemon`() async throws {
    try await Stack.with(Stack.everything) { stack in
      try await healthy([], stack)
      stack.kill(.live)
      _ = try await stack.daemon(.live).process.ended()
      let deadline = ContinuousClock.now + .seconds(10)
      var health = try await stack.client().get("/healthz")
      while try health.value("error", "message")?.string != "Away: live" {
        try #require(ContinuousClock.now < deadline, "\(health.text)")
        health = try await stack.client().get("/healthz")
      }
      expectAway(health, "health")
      let unknown = try await stack.client().get("/healthz?service=love")
      #expect(unknown.status == 400)
      try await stack.start(.live)
      try await healthy([], stack)
    }
  }

  @Test func `stats 18: without its database every route says 503, and with it works again`() async throws {
    try await PostgresCluster.with { cluster in
      try await Stack.with(StatsOutageTests.services, on: cluster) { stack in
        let learner = try await StatsCaller.registered(on: stack)
        try await learner.store(course, session, "5", "80", "120000")
        let pids = StatsOutageTests.services.map { stack.daemons[$0]?.process.pid }

        try await cluster.stop()
        for (request, reply) in try await replies(to: statsRequests, learner) {
          expect(reply, 503, "service unavailable", "\(request)")
          expectAway(reply, "\(request)")
        }
        for (request, reply) in try await replies(to: accountRequests(learner.user), learner) {
          expectAway(reply, "\(request): \(reply.text)")
        }
        try await stack.daemon(.stats).notReady()
        expectAway(try await stack.client().get("/healthz?service=stats"), "health")
        #expect(try await stack.client().get("/healthz?service=gateway").status == 200)

        try await cluster.start()
        try await stack.green(within: .seconds(5))
        try await healthy([.auth, .stats], stack)
        try expect(await learner.session(course, session), StatsNumbers(5, 80, 120_000))
        try await learner.store(course, session, "6", "70", "1")
        #expect(StatsOutageTests.services.map { stack.daemons[$0]?.process.pid } == pids)
      }
    }
  }

  @Test func `without stats its routes say 503 and all others work`() async throws {
    try await Stack.with(StatsOutageTests.services) { stack in
      let learner = try await StatsCaller.registered(on: stack)
      try await learner.store(course, session, "5", "80", "120000")
      stack.kill(.stats)
      _ = try await stack.daemon(.stats).process.ended()

      for (request, reply) in try await replies(to: statsRequests, learner) {
        expect(reply, 503, "service unavailable", "\(request)")
        expectAway(reply, "\(request)")
      }
      let other = try await StatsCaller.registered(on: stack)
      #expect(try await other.client.get("/user?q=nobody").status == 200)
      #expect(try await other.client.get("/user/\(other.user)/friends").status == 200)
      for target in ["/", "/healthz?service=auth", "/hello", "/openapi.json"] {
        #expect(try await stack.client().get(target).status == 200, "\(target)")
      }
      let health = try await stack.client().get("/healthz?service=auth,stats")
      expectAway(health, "health")
      #expect(try health.value("error", "message")?.string == "Away: stats")
      try await stack.daemon(.gateway).ready()

      try await stack.start(.stats)
      try await healthy([.auth, .stats], stack)
      try expect(await learner.course(course), StatsNumbers(5, 80, 120_000))
    }
  }

  @Test func `without auth a session in use goes on, and an unseen one is told to come again`() async throws {
    try await Stack.with(StatsOutageTests.services) { stack in
      let learner = try await StatsCaller.registered(on: stack)
      let unseen = try await StatsCaller.registered(on: stack)
      try await learner.store(course, session, "5", "80", "120000")
      stack.kill(.auth)
      _ = try await stack.daemon(.auth).process.ended()
      try expect(await learner.course(course), StatsNumbers(5, 80, 120_000))
      expectAway(try await unseen.course(course), "unseen")
      try await stack.start(.auth)
      expect(try await unseen.course(course), 404, "no stats found")
      try expect(await learner.course(course), StatsNumbers(5, 80, 120_000))
    }
  }
}
