import Kit
import Loop
import Testing

extension StatsTests {
  /// What is refused, with which status and in which words (stats.md 2.5).
  @Suite @LoopActor struct Refusals {
    private static let fields = ["sessionId", "totalModulesStudied", "averageScore", "timeStudied"]
    private static let numberFields = fields.dropFirst()
    private let stack: Stack
    private let learner: StatsCaller
    private let course = StatsCaller.id()
    private let session = StatsCaller.id()

    init() throws {
      stack = try StackTrait.stack
      learner = StatsCaller.fresh(on: stack)
    }

    /// A good body in which the named fields have other texts; an empty text leaves the field out.
    private func body(_ changes: [String: String]) -> String {
      let good = ["\"\(session)\"", "5", "80", "120000"]
      let members = zip(Refusals.fields, good).map { ($0, changes[$0] ?? $1) }.filter { !$0.1.isEmpty }
      return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    @Test func `stats 9: without one good user id nothing is answered`() async throws {
      let wrong: [([(String, String)], String)] = [
        ([], "userId required"), ([("X-User-Id", "")], "userId required"), ([("X-User-Id", "abc")], "invalid userId"),
        ([("X-User-Id", learner.user), ("X-User-Id", learner.user)], "invalid userId"),
        ([("X-User-Id", learner.user), ("x-user-id", StatsCaller.id())], "invalid userId"),
      ]
      for (headers, message) in wrong {
        let stranger = StatsCaller(client: stack.client(headers), user: "")
        expect(try await stranger.course(course), 400, message, "\(headers)")
        expect(try await stranger.session(course, session), 400, message, "\(headers)")
        expect(try await stranger.post(course, body([:])), 400, message, "\(headers)")
        expect(try await stranger.post(course, #"{"sessionId":7}"#), 400, message, "\(headers)")
      }
    }

    @Test func `stats 10: ids in the path are UUIDs, and a path without one is unknown`() async throws {
      expect(try await learner.post("1", body([:])), 400, "invalid courseId")
      expect(try await learner.course("1"), 400, "invalid courseId")
      expect(try await learner.session("1", session), 400, "invalid courseId")
      expect(try await learner.session(course, "x"), 400, "invalid sessionId")
      expect(try await learner.client.get("/courses/"), 404, "not found")
      expect(try await learner.client.get("/courses//sessions/"), 404, "not found")
      #expect(try await learner.client.get("/Courses/\(course)").status == 404)
    }

    @Test func `stats 10: a slash at the end does not matter`() async throws {
      try await learner.store(course, session, "5", "80", "120000")
      try expect(await learner.course(course + "/"), StatsNumbers(5, 80, 120_000))
      try expect(await learner.session(course, session + "/"), StatsNumbers(5, 80, 120_000))
    }

    @Test func `stats 11: a field that is missing or null is required, the first of several`() async throws {
      for (place, field) in Refusals.fields.enumerated() {
        for text in ["", "null"] {
          expect(try await learner.post(course, body([field: text])), 400, "\(field) required")
          for later in Refusals.fields.dropFirst(place + 1) {
            let reply = try await learner.post(course, body([field: text, later: text]))
            expect(reply, 400, "\(field) required", "\(later)")
          }
        }
      }
      expect(try await learner.post(course, body(["sessionId": #""""#])), 400, "sessionId required")
      expect(try await learner.session(course, session), 404, "no stats found")
    }

    @Test func `stats 12: only numbers in their range are numbers`() async throws {
      for field in Refusals.numberFields {
        for text in [#""5""#, "true", "[]", "[5]", "{}", "-1", "1e400", "1e300"] {
          expect(try await learner.post(course, body([field: text])), 400, "invalid \(field)", "\(text)")
        }
      }
      for (field, text) in [
        ("totalModulesStudied", "2.5"), ("totalModulesStudied", "1000000001"), ("averageScore", "1000000.5"),
        ("timeStudied", "9007199254740993"), ("sessionId", "7"), ("sessionId", "true"), ("sessionId", #""x""#),
      ] {
        expect(try await learner.post(course, body([field: text])), 400, "invalid \(field)", "\(text)")
      }
      expect(try await learner.session(course, session), 404, "no stats found")
      for whole in ["5.0", "5e0"] {
        #expect(try await learner.post(course, body(["totalModulesStudied": whole])).status == 201)
        try expect(await learner.session(course, session), StatsNumbers(5, 80, 120_000))
      }
    }

    @Test func `stats 14: what is no JSON object is refused without a look inside`() async throws {
      let long = String(repeating: "[", count: 30_000)
      for text in ["{", "[]", #""x""#, "", "null", "7", #"{"a":1}x"#, "{\"a\":\"\u{1}\"}", long] {
        expect(try await learner.post(course, text), 400, "invalid JSON body", "\(text.prefix(20))")
      }
      let target = "/courses/\(course)"
      let plain = try await learner.client.send(
        "POST",
        target,
        headers: [("Content-Type", "text/plain")],
        body: Array(body([:]).utf8)
      )
      expect(plain, 415, "unsupported media type")
      expect(try await learner.client.send("POST", target, body: Array(body([:]).utf8)), 415, "unsupported media type")
      let large = body(["note": "1"]).dropLast() + #","note":""# + String(repeating: "a", count: 70_000) + #""}"#
      expect(try await learner.post(course, String(large)), 413, "payload too large")
    }

    @Test func `stats 21: other methods are told which are offered`() async throws {
      for (target, allowed) in [
        ("/courses/\(course)", ["POST", "GET", "HEAD"]),
        ("/courses/\(course)/sessions/\(session)", ["GET", "HEAD", "DELETE"]),
      ] {
        for method in ["PUT", "PATCH", "DELETE"] where !allowed.contains(method) {
          let reply = try await learner.client.send(method, target, body: [])
          expect(reply, 405, "method not allowed", "\(method)")
          let offered = (reply.header("Allow") ?? "").split(separator: ",").map { String($0.drop { $0 == " " }) }
          #expect(Set(offered) == Set(allowed))
        }
      }
    }

    @Test func `stats 21: HEAD answers as GET does, without the body`() async throws {
      try await learner.store(course, session, "5", "80", "120000")
      for target in ["/courses/\(course)", "/courses/\(course)/sessions/\(session)", "/courses/\(StatsCaller.id())"] {
        let connection = try await RawConnection(port: stack.httpPort)
        defer { connection.close() }
        let head = "HEAD \(target) HTTP/1.1\r\nHost: a\r\nX-User-Id: \(learner.user)\r\nConnection: close\r\n\r\n"
        connection.send(head)
        let reply = try await connection.reply(toHead: true)
        #expect(try await reply.status == learner.client.get(target).status)
        try await connection.closedByPeer()
        #expect(connection.inbox.isEmpty)
      }
    }
  }
}
