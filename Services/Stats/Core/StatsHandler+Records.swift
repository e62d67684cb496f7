import Daemon
import Loop
import Postgres
import Time
import Wire

// Lists, exports and erasure: what a user asks for now and then.
extension StatsHandler {
  /// Small enough that an answer fits a line of the bus whatever the ids are called.
  static let exportPart = 500
  static let courseList = 1000

  func sessions(_ call: Stats.Sessions, _ context: CallContext) async throws(Failure) -> Stats.SessionList {
    let user = try user(of: context)
    let course = try identifier(call.course, "courseId")
    let page = try SessionPage(limit: call.limit, before: call.before)
    let deadline = deadline(of: context)
    return try await reading(.list) {
      let key = CourseKey(user: user, course: course.id)
      let stored = try await self.records.list(key, page, deadline: deadline)
      let names = try await self.names(user, stored.map(\.session), deadline)
      return Stats.SessionList(sessions: stored.map { $0.listed(names) })
    }
  }

  func courses(_ call: Stats.Courses, _ context: CallContext) async throws(Failure) -> Stats.CourseList {
    let user = try user(of: context)
    guard let from = call.from.map({ UUIDValue($0) }) ?? .some(.zero) else { throw .invalid("from") }
    let deadline = deadline(of: context)
    return try await reading(.list) {
      let limit = StatsHandler.courseList
      let found = try await self.records.courses(user, from: from, limit: limit + 1, deadline: deadline)
      let names = try await self.names(user, found.map(\.course), deadline)
      return Stats.CourseList(
        courses: found.prefix(limit).map { course, numbers in
          Stats.ListedCourse(courseId: names[course] ?? course.description, numbers: numbers)
        },
        next: found.count > limit ? found[limit].course.description : nil
      )
    }
  }

  func export(_ call: Stats.Export, _ context: CallContext) async throws(Failure) -> Stats.SessionList {
    let user = try user(of: context)
    let from = try ExportPlace(call.from)
    let deadline = deadline(of: context)
    return try await reading(.export) {
      let limit = StatsHandler.exportPart
      let stored = try await self.records.export(user, from: from, limit: limit + 1, deadline: deadline)
      let names = try await self.names(user, stored.flatMap { [$0.course, $0.session] }, deadline)
      return Stats.SessionList(
        sessions: stored.prefix(limit).map { $0.exported(names) },
        next: stored.count > limit
          ? ExportPlace(course: stored[limit].course, session: stored[limit].session).text : nil
      )
    }
  }

  func eraseSession(_ call: Stats.EraseSession, _ context: CallContext) async throws(Failure) -> Empty {
    let user = try user(of: context)
    let course = try identifier(call.course, "courseId")
    let session = try identifier(call.session, "sessionId")
    let key = SessionKey(user: user, course: course.id, session: session.id)
    let deadline = deadline(of: context)
    let existed = try await asking { try await self.records.erase(key, deadline: deadline) }
    guard existed else { throw .noStats }
    report(.erased(sessions: 1))
    return Empty()
  }

  func erase(_ call: Stats.Erase, _ context: CallContext) async throws(Failure) -> Stats.Erase.Reply {
    let user = try user(of: context)
    let deadline = deadline(of: context)
    let erased = try await asking { try await self.records.eraseAll(user, deadline: deadline) }
    report(.erased(sessions: erased))
    return Stats.Erase.Reply(erased: erased)
  }

  // MARK: - Steps

  private func deadline(of context: CallContext) -> Deadline {
    let own = records.deadline
    return min(own, context.deadline ?? own)
  }

  /// Ids are UUIDs unless others are allowed, so nobody is asked for names then.
  private func names(
    _ user: UUIDValue,
    _ ids: [UUIDValue],
    _ deadline: Deadline
  ) async throws(PostgresError) -> [UUIDValue: String] {
    guard mode == .any, !ids.isEmpty else { return [:] }
    return try await records.labels(user, ids, deadline: deadline)
  }

  private func reading<T: Sendable>(
    _ kind: StatsEvent.Reading,
    _ body: @LoopActor () async throws -> T
  ) async throws(Failure) -> T {
    let answer = try await asking(body)
    report(.read(kind, batch: 1))
    return answer
  }

  private func asking<T: Sendable>(_ body: @LoopActor () async throws -> T) async throws(Failure) -> T {
    do { return try await body() } catch {
      if let error = error as? PostgresError { report(.databaseFailed(error, requests: 1)) }
      throw Failure(database: error)
    }
  }
}

extension StoredSession {
  func listed(_ names: [UUIDValue: String]) -> Stats.ListedSession {
    Stats.ListedSession(
      sessionId: names[session] ?? session.description,
      numbers: numbers,
      updatedAt: updatedAt.listed
    )
  }

  func exported(_ names: [UUIDValue: String]) -> Stats.ListedSession {
    Stats.ListedSession(
      courseId: names[course] ?? course.description,
      sessionId: names[session] ?? session.description,
      numbers: numbers,
      observedAt: observedAt.map { Double($0) },
      createdAt: createdAt.listed,
      updatedAt: updatedAt.listed
    )
  }
}
