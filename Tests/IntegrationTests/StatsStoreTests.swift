import JSON
import Kit
import Loop
import Postgres
import Testing
import Wire

@testable import StatsCore

private let (u1, u2, c1, c2) = (Sample.u1, Sample.u2, Sample.c1, Sample.c2)
private let (s1, s2, s3) = (Sample.s1, Sample.s2, Sample.s3)

/// The numbered scenarios are those of stats.md 5.
@Suite(.needsPostgres)
struct StatsStoreTests {
  @LoopActor @Test func `1 to 3, a session is stored, repeated and replaced`() async throws {
    try await StatsBench.open { stats in
      for _ in 0..<2 {
        try await stats.store(u1, c1, s1, 5, 80, 120_000)
        let numbers = Stats.Numbers(modules: 5, score: 80, time: 120_000)
        #expect(try await stats.session(u1, c1, s1) == Stats.SessionNumbers(session: s1, numbers: numbers))
        #expect(try await stats.course(u1, c1) == numbers)
      }
      try await stats.store(u1, c1, s1, 6, 70.5, 150_000)
      let replaced = Stats.Numbers(modules: 6, score: 70.5, time: 150_000)
      #expect(try await stats.session(u1, c1, s1).numbers == replaced)
      #expect(try await stats.course(u1, c1) == replaced)
    }
  }

  @LoopActor @Test func `4 and 5, a course is sums and a mean, plain or by modules`() async throws {
    try await StatsBench.open { stats in
      try await stats.store(u1, c1, s1, 3, 7.5, 2)
      try await stats.store(u1, c1, s2, 8, 8, 3)
      try await stats.store(u1, c1, s3, 4, 9, 6)
      let course = try await stats.course(u1, c1)
      #expect(course.modules == 15 && course.time == 11 && abs(course.score - 24.5 / 3) < 1e-9)
      try await stats.store(u1, c2, s1, 4, 50, 10)
      try await stats.store(u1, c2, s2, 1, 100, 10)
      #expect(try await stats.course(u1, c2).score == 75)
      #expect(try await stats.course(u1, c2, "modules").score == 60)
      await #expect(throws: Failure.invalid("weighting")) { try await stats.course(u1, c2, "x") }
    }
  }

  @LoopActor @Test func `6 to 8, nobody meets numbers of another user or course`() async throws {
    try await StatsBench.open { stats in
      try await stats.store(u1, c1, s1, 5, 80, 1)
      await #expect(throws: noStats) { try await stats.course(u1, c2) }
      await #expect(throws: noStats) { try await stats.session(u1, c1, s3) }
      await #expect(throws: noStats) { try await stats.course(u2, c1) }
      await #expect(throws: noStats) { try await stats.session(u2, c1, s1) }
      try await stats.store(u2, c1, s1, 1, 1, 1)
      try await stats.store(u1, c2, s1, 2, 2, 2)
      #expect(try await stats.session(u1, c1, s1).numbers.modules == 5)
      #expect(try await stats.rows() == 3)
    }
  }

  @LoopActor @Test func `9 and 10, ids are judged before anything else`() async throws {
    try await StatsBench.open { stats in
      let call = Stats.Store(course: "1", body: .emptyObject)
      for user in [nil, ""] as [String?] {
        await #expect(throws: Failure.missing("userId")) { try await stats.handler.store(call, stats.context(user)) }
      }
      await #expect(throws: Failure.invalid("userId")) { try await stats.handler.store(call, stats.context("abc")) }
      await #expect(throws: Failure.invalid("courseId")) { try await stats.handler.store(call, stats.context(u1)) }
      await #expect(throws: Failure.invalid("courseId")) { try await stats.course(u1, "1", "x") }
      await #expect(throws: Failure.invalid("sessionId")) { try await stats.session(u1, c1, "x") }
      await #expect(throws: Failure.missing("sessionId")) {
        try await stats.handler.store(Stats.Store(course: c1, body: .emptyObject), stats.context(u1))
      }
    }
  }

  @LoopActor @Test func `15, a hundred writers of one session leave one row, of one of them`() async throws {
    try await StatsBench.open { stats in
      let writers = (1...100).map { number in
        onLoop { try? await stats.store(u1, c1, s1, number, Double(number), Double(number)) }
      }
      for writer in writers { #expect(await writer.value != nil) }
      #expect(try await stats.rows() == 1)
      let numbers = try await stats.session(u1, c1, s1).numbers
      #expect(numbers.score == Double(numbers.modules) && numbers.time == Double(numbers.modules))
      #expect(stats.events.events.count < 100)
    }
  }

  @LoopActor @Test func `16, upper and lower case are one id`() async throws {
    try await StatsBench.open { stats in
      let (user, course, session) = ("aAaaaaaa-0000-4000-8000-00000000000A", c1, "BBBBBBBB-0000-4000-8000-00000000000B")
      try await stats.store(user, course, session, 5, 80, 1)
      let read = try await stats.session(user.lowercased(), course, session.lowercased())
      #expect(read.session == session.lowercased())
      #expect(try await stats.session(user.uppercased(), course, session).session == session.lowercased())
    }
  }

  @LoopActor @Test func `17, large sums are exact`() async throws {
    try await StatsBench.open { stats in
      for number in 1...10 {
        try await stats.store(u1, c1, Sample.session(number), 1_000_000_000, 0, number == 1 ? 9_007_199_254_740_991 : 0)
      }
      let course = try await stats.course(u1, c1)
      #expect(course == Stats.Numbers(modules: 10_000_000_000, score: 0, time: 9_007_199_254_740_991))
      #expect(try await stats.session(u1, c1, s1).numbers.time == 9_007_199_254_740_991)
    }
  }

  @LoopActor @Test func `an older observation is accepted and not applied`() async throws {
    try await StatsBench.open { stats in
      try await stats.store(u1, c1, s1, 2, 2, 2, observed: 2000)
      try await stats.store(u1, c1, s1, 1, 1, 1, observed: 1000)
      #expect(try await stats.session(u1, c1, s1).numbers.modules == 2)
      try await stats.store(u1, c1, s1, 3, 3, 3)
      try await stats.store(u1, c1, s1, 1, 1, 1, observed: 1999)
      #expect(try await stats.session(u1, c1, s1).numbers.modules == 3)
      try await stats.store(u1, c1, s1, 4, 4, 4, observed: 2000)
      #expect(try await stats.session(u1, c1, s1).numbers.modules == 4)
    }
  }

  @LoopActor @Test func `a full course takes changes but no further session`() async throws {
    try await StatsBench.open({ $0.sessionsPerCourse = 10 }) { stats in
      let writers = (1...40).map { number in
        onLoop { () -> Failure? in
          do throws(Failure) {
            try await stats.store(u1, c1, Sample.session(number), 1, 1, 1)
            return nil
          } catch { return error }
        }
      }
      var refused: [Failure] = []
      for writer in writers { if let failure = await writer.value { refused.append(failure) } }
      #expect(refused == Array(repeating: courseFull, count: 30))
      #expect(try await stats.rows() == 10)
      await #expect(throws: courseFull) { try await stats.store(u1, c1, Sample.session(41), 1, 1, 1) }
      let held: String = try await stats.database.query("SELECT max(session_id::text) FROM stats.session")[0].get(0)
      try await stats.store(u1, c1, held, 7, 7, 7)
      #expect(try await stats.session(u1, c1, held).numbers.modules == 7)
      try await stats.store(u1, c2, s1, 1, 1, 1)
      try await stats.store(u2, c1, s1, 1, 1, 1)
    }
  }

  @LoopActor @Test func `changes beside new sessions do not take up a course's room`() async throws {
    try await StatsBench.open({ $0.sessionsPerCourse = 6 }) { stats in
      for number in 1...3 { try await stats.store(u1, c1, Sample.session(number), 1, 1, 1) }
      let writers = (1...6).map { number in
        onLoop { try? await stats.store(u1, c1, Sample.session(number), 2, 2, 2) }
      }
      for writer in writers { #expect(await writer.value != nil) }
      #expect(try await stats.course(u1, c1).modules == 12)
    }
  }
}
