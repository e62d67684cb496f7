import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of stats.md 5 by their numbers, against daemons that trust the bare header.
@Suite(.needsDaemons, .stack([.auth, .stats, .gateway], settings: ["CARILLON_TRUST_IDENTITY_HEADERS": "1"]))
enum StatsTests {}

extension StatsTests {
  @Suite @LoopActor struct Records {
    private let learner: StatsCaller
    private let course = StatsCaller.id()
    private let session = StatsCaller.id()

    init() throws { learner = StatsCaller.fresh(on: try StackTrait.stack) }

    @Test func `stats 1: a stored session is answered with exactly its four fields`() async throws {
      try await learner.store(course, session, "5", "80", "120000")
      let reply = try await learner.session(course, session)
      #expect(reply.status == 200)
      #expect(reply.header("content-type") == "application/json; charset=utf-8")
      let members = try #require(try reply.json().object?.members)
      #expect(Set(members.map(\.name)) == ["sessionId", "totalModulesStudied", "averageScore", "timeStudied"])
      #expect(members.count == 4)
      #expect(try reply.json().object?["sessionId"] == .string(session))
      try expect(reply, StatsNumbers(5, 80, 120_000))
    }

    @Test func `stats 2: the same again does not double`() async throws {
      for _ in 0..<2 { try await learner.store(course, session, "5", "80", "120000") }
      try expect(await learner.course(course), StatsNumbers(5, 80, 120_000))
    }

    @Test func `stats 3: new numbers replace the old ones`() async throws {
      try await learner.store(course, session, "5", "80", "120000")
      try await learner.store(course, session, "6", "70.5", "150000")
      try expect(await learner.session(course, session), StatsNumbers(6, 70.5, 150_000))
      try expect(await learner.course(course), StatsNumbers(6, 70.5, 150_000))
    }

    @Test func `stats 4: a course is the sum of its sessions and the mean of their scores`() async throws {
      for (modules, score, time) in [("3", "7.5", "2"), ("8", "8.0", "3"), ("4", "9.0", "6")] {
        try await learner.store(course, StatsCaller.id(), modules, score, time)
      }
      let reply = try await learner.course(course)
      let numbers = try StatsNumbers(reply)
      #expect(numbers.modules == 15)
      #expect(numbers.time == 11)
      #expect(abs((numbers.score ?? 0) - 24.5 / 3) < 1e-9)
      #expect(reply.text.contains(#""totalModulesStudied":15,"#))
      #expect(!reply.text.contains("15.0") && !reply.text.contains("11.0"))
    }

    @Test func `stats 5: the mean is plain unless it is asked by modules`() async throws {
      try await learner.store(course, StatsCaller.id(), "4", "50", "10")
      try await learner.store(course, StatsCaller.id(), "1", "100", "10")
      try expect(await learner.course(course), StatsNumbers(5, 75, 20))
      try expect(await learner.course(course, "?weighting=modules"), StatsNumbers(5, 60, 20))
      expect(try await learner.course(course, "?weighting=x"), 400, "invalid weighting")
    }

    @Test func `stats 6: what nobody studied has no numbers`() async throws {
      try await learner.store(course, session, "5", "80", "120000")
      expect(try await learner.course(StatsCaller.id()), 404, "no stats found")
      expect(try await learner.session(course, StatsCaller.id()), 404, "no stats found")
      expect(try await learner.session(StatsCaller.id(), session), 404, "no stats found")
    }

    @Test func `stats 7: users see and change their own numbers only`() async throws {
      let other = StatsCaller.fresh(on: try StackTrait.stack)
      try await learner.store(course, session, "5", "80", "120000")
      expect(try await other.course(course), 404, "no stats found")
      expect(try await other.session(course, session), 404, "no stats found")
      try await other.store(course, session, "1", "2", "3")
      try expect(await learner.session(course, session), StatsNumbers(5, 80, 120_000))
      try expect(await other.course(course), StatsNumbers(1, 2, 3))
    }

    @Test func `stats 8: the same session in another course is another record`() async throws {
      let second = StatsCaller.id()
      try await learner.store(course, session, "5", "80", "120000")
      try await learner.store(second, session, "1", "2", "3")
      try expect(await learner.course(course), StatsNumbers(5, 80, 120_000))
      try expect(await learner.session(second, session), StatsNumbers(1, 2, 3))
    }

    @Test func `stats 13: zeros are numbers and count in the mean`() async throws {
      try await learner.store(course, StatsCaller.id(), "4", "50", "10")
      try await learner.store(course, session, "0", "0", "0")
      try expect(await learner.session(course, session), StatsNumbers(0, 0, 0))
      try expect(await learner.course(course), StatsNumbers(4, 25, 10))
    }

    @Test func `stats 16: ids meet in either case and are answered in lower case`() async throws {
      let loud = StatsCaller(
        client: try StackTrait.stack.client([("x-user-id", learner.user.uppercased())]),
        user: learner.user
      )
      try await loud.store(course.uppercased(), session.uppercased(), "5", "80", "120000")
      #expect(try await learner.session(course, session).json().object?["sessionId"] == .string(session))
      let reply = try await loud.session(course.uppercased(), session.uppercased())
      #expect(try reply.json().object?["sessionId"] == .string(session))
      try await learner.store(course, session, "6", "70", "1")
      try expect(await loud.course(course), StatsNumbers(6, 70, 1))
    }

    @Test func `stats 17: the largest numbers are kept and summed exactly`() async throws {
      for _ in 0..<9 { try await learner.store(course, StatsCaller.id(), "1000000000", "1000000", "0") }
      try await learner.store(course, session, "1000000000", "1000000", "9007199254740991")
      let total = try await learner.course(course).text
      #expect(total.contains(#""totalModulesStudied":10000000000,"#))
      #expect(total.contains(#""timeStudied":9007199254740991"#))
      #expect(total.contains(#""averageScore":1000000"#))
      #expect(try await learner.session(course, session).text.contains(#""timeStudied":9007199254740991"#))
    }
  }
}
