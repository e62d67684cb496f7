import JSON
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import StatsCore

private let (u1, u2, c1, c2) = (Sample.u1, Sample.u2, Sample.c1, Sample.c2)
private let (s1, s2, s3) = (Sample.s1, Sample.s2, Sample.s3)

@Suite(.needsPostgres)
struct StatsRecordsTests {
  @LoopActor @Test func `a list is newest first and goes on where it was left`() async throws {
    try await StatsBench.open { stats in
      let all = (1...5).map { Sample.session($0) }
      for session in all { try await stats.store(u1, c1, session, 1, 1, 1) }
      try await stats.store(u1, c1, all[1], 2, 2, 2)
      try await stats.store(u1, c2, s1, 1, 1, 1)
      var seen: [String] = []
      var before: String?
      while true {
        let call = Stats.Sessions(course: c1, limit: "2", before: before)
        let page = try await stats.handler.sessions(call, stats.context(u1)).sessions
        guard let last = page.last else { break }
        seen += page.map(\.sessionId)
        before = "\(last.updatedAt)"
      }
      #expect(seen == [all[1], all[4], all[3], all[2], all[0]])
      let others = try await stats.handler.sessions(Stats.Sessions(course: c1), stats.context(u2))
      #expect(others.sessions.isEmpty)
    }
  }

  @LoopActor @Test func `courses are listed with their numbers`() async throws {
    try await StatsBench.open { stats in
      try await stats.store(u1, c2, s1, 4, 50, 10)
      try await stats.store(u1, c2, s2, 1, 100, 10)
      try await stats.store(u1, c1, s1, 1, 1, 1)
      try await stats.store(u2, c1, s1, 9, 9, 9)
      let list = try await stats.handler.courses(Stats.Courses(), stats.context(u1))
      #expect(
        list.courses == [
          Stats.ListedCourse(courseId: c1, numbers: Stats.Numbers(modules: 1, score: 1, time: 1)),
          Stats.ListedCourse(courseId: c2, numbers: Stats.Numbers(modules: 5, score: 75, time: 20)),
        ]
      )
      #expect(list.next == nil)
      let second = try await stats.handler.courses(Stats.Courses(from: c2), stats.context(u1))
      #expect(second.courses.map(\.courseId) == [c2])
      await #expect(throws: Failure.invalid("from")) {
        try await stats.handler.courses(Stats.Courses(from: "x"), stats.context(u1))
      }
    }
  }

  @LoopActor @Test func `an export gives every session once, in parts`() async throws {
    try await StatsBench.open { stats in
      let count = StatsHandler.exportPart + 20
      let writers = (1...count).map { number in
        onLoop { try? await stats.store(u1, number % 2 == 0 ? c1 : c2, Sample.session(number), 1, 1, 1, observed: 5) }
      }
      for writer in writers { #expect(await writer.value != nil) }
      let first = try await stats.handler.export(Stats.Export(), stats.context(u1))
      let second = try await stats.handler.export(Stats.Export(from: first.next), stats.context(u1))
      #expect(first.sessions.count == StatsHandler.exportPart && second.sessions.count == 20 && second.next == nil)
      let all = first.sessions + second.sessions
      #expect(Set(all.map { $0.courseId! + $0.sessionId }).count == count)
      #expect(all.allSatisfy { $0.observedAt == 5 && $0.createdAt == $0.updatedAt })
      #expect(first.json().bytes.count < 1 << 20)
    }
  }

  @LoopActor @Test func `an erased session is gone, and only that one`() async throws {
    try await StatsBench.open { stats in
      try await stats.store(u1, c1, s1, 1, 1, 1)
      try await stats.store(u2, c1, s1, 1, 1, 1)
      let call = Stats.EraseSession(course: c1, session: s1)
      _ = try await stats.handler.eraseSession(call, stats.context(u1))
      await #expect(throws: noStats) { try await stats.session(u1, c1, s1) }
      await #expect(throws: noStats) { try await stats.handler.eraseSession(call, stats.context(u1)) }
      #expect(try await stats.session(u2, c1, s1).numbers.modules == 1)
    }
  }

  @LoopActor @Test func `an erased user leaves nothing`() async throws {
    try await StatsBench.open({ $0.identifiers = .any }) { stats in
      try await stats.store(u1, "maths", "monday", 1, 1, 1)
      try await stats.store(u1, c1, s1, 1, 1, 1)
      try await stats.store("ann", "maths", "monday", 1, 1, 1)
      #expect(try await stats.handler.erase(Stats.Erase(), stats.context(u1)) == Stats.Erase.Reply(erased: 2))
      #expect(try await stats.handler.erase(Stats.Erase(), stats.context(u1)) == Stats.Erase.Reply(erased: 0))
      #expect(try await stats.rows() == 1)
      #expect(try await stats.database.query("SELECT count(*) FROM stats.label")[0].get(0, as: Int.self) == 2)
    }
  }

  @LoopActor @Test func `where words are ids, lists answer with the words`() async throws {
    try await StatsBench.open({ $0.identifiers = .any }) { stats in
      try await stats.store("ann", "maths", "monday", 1, 1, 1)
      try await stats.store("ann", "maths", "monday", 2, 2, 2)
      try await stats.store("ann", "maths", s2.uppercased(), 3, 3, 3)
      #expect(try await stats.session("ann", "maths", "monday").session == "monday")
      #expect(try await stats.course("ann", "maths").modules == 5)
      await #expect(throws: noStats) { try await stats.course("bob", "maths") }
      let list = try await stats.handler.sessions(Stats.Sessions(course: "maths"), stats.context("ann"))
      #expect(list.sessions.map(\.sessionId) == [s2, "monday"])
      #expect(
        try await stats.handler.courses(Stats.Courses(), stats.context("ann")).courses.map(\.courseId) == ["maths"]
      )
      let export = try await stats.handler.export(Stats.Export(), stats.context("ann"))
      #expect(Set(export.sessions.map(\.sessionId)) == ["monday", s2])
      #expect(export.sessions.allSatisfy { $0.courseId == "maths" })
      _ = try await stats.handler.eraseSession(
        Stats.EraseSession(course: "maths", session: "monday"),
        stats.context("ann")
      )
      let texts = try await stats.database.query("SELECT text FROM stats.label").map { try $0.get(0, as: String.self) }
      #expect(texts == ["maths"])
    }
  }

  @LoopActor @Test func `strict ids leave the names' table alone`() async throws {
    try await StatsBench.open { stats in
      try await stats.database.query("DROP TABLE stats.label")
      try await stats.store(u1, c1, s1, 1, 1, 1)
      #expect(try await stats.handler.courses(Stats.Courses(), stats.context(u1)).courses.count == 1)
    }
  }

  @LoopActor @Test func `a batch tells each session's fate`() async throws {
    try await StatsBench.open({ $0.sessionsPerCourse = 2 }) { stats in
      let bodies = [
        StatsBench.body(s1, 1, 1, 1), StatsBench.body("x", 1, 1, 1), StatsBench.body(s1, 2, 2, 2),
        StatsBench.body(s2, 1, 1, 1), StatsBench.body(s3, 1, 1, 1), .null,
      ]
      let text = bodies.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: ",")
      let body = try RawJSON(validating: Array("{\"sessions\":[\(text)]}".utf8))
      let reply = try await stats.handler.storeBatch(Stats.StoreBatch(course: c1, body: body), stats.context(u1))
      #expect(reply.results == [nil, .invalid("sessionId"), nil, nil, courseFull, .invalid("sessions")])
      #expect(try await stats.session(u1, c1, s1).numbers.modules == 2)
      #expect(try await stats.rows() == 2)
      let nowhere = try await stats.handler.storeBatch(Stats.StoreBatch(course: nil, body: body), stats.context(u1))
      #expect(nowhere.results[0] == .missing("courseId"))
    }
  }

  @LoopActor @Test(arguments: [("{}", Failure.missing("sessions")), (#"{"sessions":[]}"#, .invalid("sessions"))])
  func `a batch that is none is refused whole`(text: String, failure: Failure) async throws {
    try await StatsBench.open { stats in
      let body = try RawJSON(validating: Array(text.utf8))
      await #expect(throws: failure) {
        try await stats.handler.storeBatch(Stats.StoreBatch(course: c1, body: body), stats.context(u1))
      }
    }
  }
}
