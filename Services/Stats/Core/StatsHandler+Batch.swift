import JSON
import Loop
import Postgres
import Wire

extension StatsHandler {
  /// Every session is judged and stored as if it had come alone; they go to the database together.
  func storeBatch(
    _ call: Stats.StoreBatch,
    _ context: CallContext
  ) async throws(Failure) -> Stats.StoreBatch.Reply {
    let user = try user(of: context)
    var course: StatsIdentifier?
    if let text = call.course { course = try identifier(text, "courseId") }
    let common = course
    let requests = try StatsHandler.sessions(in: call.body).map { value in
      onLoop { await self.storeOne(value, user, common) }
    }
    var results: [Failure?] = []
    for request in requests { results.append(await request.value) }
    return Stats.StoreBatch.Reply(results: results)
  }

  /// Nil when the session was stored.
  private func storeOne(_ value: JSONValue, _ user: UUIDValue, _ course: StatsIdentifier?) async -> Failure? {
    do throws(Failure) {
      guard let object = value.object else { throw .invalid("sessions") }
      let form = SessionForm(object)
      if let course { try await store(form, user, course) } else { try await store(form, user, form.course(mode)) }
      return nil
    } catch {
      return error
    }
  }

  private static func sessions(in body: RawJSON) throws(Failure) -> [JSONValue] {
    guard let object = (try? body.value())?.object else { throw .invalid("body") }
    switch object["sessions"] {
    case nil, .null: throw .missing("sessions")
    case .array(let values) where (1...100).contains(values.count): return values
    default: throw .invalid("sessions")
    }
  }
}
