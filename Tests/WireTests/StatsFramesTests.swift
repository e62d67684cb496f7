import JSON
import Testing
import Wire

/// Each call of `carillon-stats` with its reply, against the lines kept under `Fixtures/frames`: a changed wire shows there.
@Suite struct StatsFramesTests: GoldenFrames {
  static let course = "0b3d6c1e-52a4-4f0e-8d8e-0a2f5b7c9d11"
  static let session = "5f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a22"
  static let context = CallContext(user: UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"))
  static let numbers = Stats.Numbers(modules: 5, score: 80, time: 120_000)

  @Test func `store sends the body as it came`() throws {
    let body = try RawJSON(validating: Array(#"{ "sessionId":"x", "totalModulesStudied":5.0,"more":[1]}"#.utf8))
    try check(Stats.Store(course: Self.course, body: body), Empty())
  }

  @Test func `session answers four keys`() throws {
    try check(
      Stats.Session(course: Self.course, session: Self.session),
      Stats.SessionNumbers(session: Self.session, numbers: Self.numbers)
    )
  }

  @Test func `course answers three keys`() throws {
    let reply = Stats.Numbers(modules: 10_000_000_000, score: 49 / 6.0, time: 9_007_199_254_740_991)
    try check(Stats.Course(course: Self.course, weighting: "modules"), reply)
  }

  @Test func `sessions are a list`() throws {
    let listed = Stats.ListedSession(
      sessionId: Self.session,
      numbers: Self.numbers,
      updatedAt: 1_767_225_600_000.123
    )
    try check(
      Stats.Sessions(course: Self.course, limit: "20", before: "1767225600001"),
      Stats.SessionList(sessions: [listed])
    )
  }

  @Test func `courses are a list with a next`() throws {
    let listed = Stats.ListedCourse(courseId: Self.course, numbers: Self.numbers)
    try check(Stats.Courses(from: Self.course), Stats.CourseList(courses: [listed], next: Self.course))
  }

  @Test func `an export names course and moments`() throws {
    let listed = Stats.ListedSession(
      courseId: Self.course,
      sessionId: Self.session,
      numbers: Self.numbers,
      observedAt: 1_767_225_599_000,
      createdAt: 1_767_225_600_000,
      updatedAt: 1_767_225_600_000.123
    )
    try check(Stats.Export(), Stats.SessionList(sessions: [listed], next: "\(Self.course)/\(Self.session)"))
  }

  @Test func `a batch answers each session`() throws {
    let body = try RawJSON(validating: Array(#"{"sessions":[{},{},{}]}"#.utf8))
    let results: [Failure?] = [nil, .missing("sessionId"), Failure(.conflict, reason: "too_many_sessions")]
    try check(Stats.StoreBatch(course: Self.course, body: body), Stats.StoreBatch.Reply(results: results))
  }

  @Test func `erasing one and all`() throws {
    try check(Stats.EraseSession(course: Self.course, session: Self.session), Empty())
    try check(Stats.Erase(), Stats.Erase.Reply(erased: 3))
  }

  @Test(arguments: ["{}", "[]", "7", #"{"course":7}"#, #"{"course":"x"}"#, #"{"body":{}}"#])
  func `a request without its parts is refused`(text: String) throws {
    let json = try RawJSON(validating: Array(text.utf8))
    #expect(throws: JSONFault.self) { try Stats.Store(json: json) }
    #expect(throws: JSONFault.self) { try Stats.Session(json: json) }
  }
}
