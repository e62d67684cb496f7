import JSON
import Kit
import Loop
import Testing

extension StatsTests {
  /// Many requests at once.
  @Suite @LoopActor struct Crowds {
    private let stack: Stack
    private let learner: StatsCaller
    private let course = StatsCaller.id()
    private let session = StatsCaller.id()

    init() throws {
      stack = try StackTrait.stack
      learner = StatsCaller.fresh(on: stack)
    }

    /// Makes the connections first, so that the requests arrive together.
    private func together(_ bodies: [String]) async throws -> [HTTPReply] {
      try await stack.undisturbed { try await sent(bodies) }
    }

    private func sent(_ bodies: [String]) async throws -> [HTTPReply] {
      var connections: [RawConnection] = []
      defer { for connection in connections { connection.close() } }
      for _ in bodies { connections.append(try await RawConnection(port: stack.httpPort)) }
      for (connection, body) in zip(connections, bodies) {
        connection.send(
          "POST /courses/\(course) HTTP/1.1\r\nHost: a\r\nX-User-Id: \(learner.user)\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
      }
      var replies: [HTTPReply] = []
      for connection in connections { replies.append(try await connection.reply(within: .seconds(30))) }
      return replies
    }

    @Test func `stats 15: a hundred first writes of one key make one record, of one of them`() async throws {
      let bodies = (1...100).map { StatsCaller.body(session, "\($0)", "\($0 * 10)", "\($0 * 100)") }
      let replies = try await together(bodies)
      #expect(replies.allSatisfy { $0.status == 201 })
      let stored = try StatsNumbers(await learner.session(course, session))
      let modules = try #require(stored.modules)
      #expect((1...100).contains(modules))
      #expect(stored == StatsNumbers(modules, modules * 10, modules * 100))
      #expect(try StatsNumbers(await learner.course(course)) == stored)
    }

    @Test func `stats 20: of 400 writes at once those beyond the limit are refused and not stored`() async throws {
      let began = ContinuousClock.now
      let replies = try await together((0..<400).map { _ in StatsCaller.body(StatsCaller.id(), "1", "1", "1") })
      // Fifty more a second are allowed: on a slow machine the requests take long enough to earn some.
      let earned = Int(50 * ((ContinuousClock.now - began) / .seconds(1)).rounded(.up))
      let accepted = replies.count { $0.status == 201 }
      #expect((200...max(260, 200 + earned)).contains(accepted))
      for reply in replies where reply.status != 201 {
        expect(reply, 429, "too many requests")
        #expect(try #require(reply.header("Retry-After").flatMap { Int($0) }) >= 1)
      }
      #expect(try StatsNumbers(await learner.course(course)).modules == Double(accepted))
    }
  }
}
