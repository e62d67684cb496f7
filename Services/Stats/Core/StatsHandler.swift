import Bus
import Loop
import Postgres
import Time
import Wire

/// Answers the calls that a learning app makes all day. Checks come in the order of the contract, stats.md 2.5, so that a
/// request with several faults is always told the same one.
@LoopActor
final class StatsHandler {
  let records: StatsStore
  let mode: IdentifierMode
  let report: @LoopActor (StatsEvent) -> Void
  private let batches: StatsBatches
  private let clock: WallClock
  private var moments = WriteMoments()

  init(
    _ configuration: StatsConfiguration,
    _ database: Database,
    clock: WallClock,
    report: @escaping @LoopActor (StatsEvent) -> Void
  ) {
    records = StatsStore(
      database: database,
      sessionLimit: configuration.sessionsPerCourse,
      outagePatience: configuration.outagePatience
    )
    mode = configuration.identifiers
    batches = StatsBatches(records, limit: configuration.batchLimit, report: report)
    self.clock = clock
    self.report = report
  }

  func register(on bus: BusServer) {
    bus.on(Stats.Store.self) { try await self.store($0, $1) }
    bus.on(Stats.Session.self) { try await self.session($0, $1) }
    bus.on(Stats.Course.self) { try await self.course($0, $1) }
    bus.on(Stats.StoreBatch.self) { try await self.storeBatch($0, $1) }
    bus.on(Stats.Sessions.self) { try await self.sessions($0, $1) }
    bus.on(Stats.Courses.self) { try await self.courses($0, $1) }
    bus.on(Stats.Export.self) { try await self.export($0, $1) }
    bus.on(Stats.EraseSession.self) { try await self.eraseSession($0, $1) }
    bus.on(Stats.Erase.self) { try await self.erase($0, $1) }
  }

  // MARK: - Calls

  func store(_ call: Stats.Store, _ context: CallContext) async throws(Failure) -> Empty {
    let user = try user(of: context)
    let course = try identifier(call.course, "courseId")
    try await store(SessionForm(call.body), user, course)
    return Empty()
  }

  func session(_ call: Stats.Session, _ context: CallContext) async throws(Failure) -> Stats.SessionNumbers {
    let user = try user(of: context)
    let course = try identifier(call.course, "courseId")
    let session = try identifier(call.session, "sessionId")
    let numbers = try await batches.session(SessionKey(user: user, course: course.id, session: session.id))
    guard let numbers else { throw .noStats }
    return Stats.SessionNumbers(session: session.text, numbers: numbers)
  }

  func course(_ call: Stats.Course, _ context: CallContext) async throws(Failure) -> Stats.Numbers {
    let user = try user(of: context)
    let course = try identifier(call.course, "courseId")
    let weighting = try Weighting(call.weighting)
    let totals = try await batches.totals(CourseKey(user: user, course: course.id))
    guard let numbers = totals.numbers(weighting) else { throw .noStats }
    return numbers
  }

  // MARK: - Steps

  func user(of context: CallContext) throws(Failure) -> UUIDValue {
    guard let user = context.user?.text, !user.isEmpty else { throw .missing("userId") }
    return try identifier(user, "userId").id
  }

  func identifier(_ text: String, _ field: String) throws(Failure) -> StatsIdentifier {
    guard let identifier = mode.identifier(text) else { throw .invalid(field) }
    return identifier
  }

  func store(_ form: SessionForm, _ user: UUIDValue, _ course: StatsIdentifier) async throws(Failure) {
    let session = try form.session(mode)
    var write = SessionWrite(
      key: SessionKey(user: user, course: course.id, session: session.id),
      numbers: try form.numbers(),
      observedAt: try form.observation(),
      storedAt: moments.next(clock.now())
    )
    if mode == .any { write.labels = [course, session].filter { $0.label != nil } }
    guard try await batches.store(write) else { throw .courseFull }
  }
}

extension Failure {
  static let noStats = Failure(.notFound, reason: "no_stats")
  static let courseFull = Failure(.conflict, reason: "too_many_sessions")
}
