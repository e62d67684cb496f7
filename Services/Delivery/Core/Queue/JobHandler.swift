import Bus
import Loop
import Postgres
import Time
import Wire

/// Answers what other services ask of the push queue.
@LoopActor
final class JobHandler {
  private let store: DeliveryStore
  private let clock: WallClock
  private let asking: AskingDatabase
  /// Called after a job was stored or moved.
  private let wake: @LoopActor () -> Void
  private let taking: Batcher<JobDraft, Void>

  init(
    _ store: DeliveryStore,
    clock: WallClock,
    asking: AskingDatabase,
    wake: @escaping @LoopActor () -> Void
  ) {
    self.store = store
    self.clock = clock
    self.asking = asking
    self.wake = wake
    taking = Batcher(limit: 256) { jobs in
      try await store.add(jobs, at: clock.now())
      return jobs.map { _ in }
    }
  }

  func register(on bus: BusServer) {
    bus.on(Delivery.SendPush.self) { try await self.push($0, $1) }
    bus.on(Delivery.Notify.self) { try await self.notify($0, $1) }
    bus.on(Delivery.CancelNotice.self) { call, _ in try await self.cancel(call) }
    bus.on(Delivery.RescheduleNotice.self) { call, _ in try await self.reschedule(call) }
    bus.on(Delivery.ReplayDead.self) { call, _ in try await self.replay(call) }
  }

  // MARK: - Taking in

  /// Longer ones do not fit into an index.
  private static let longestKey = 1000

  func push(_ call: Delivery.SendPush, _ context: CallContext) async throws(Failure) -> Empty {
    var notice = Delivery.Notify(to: call.to, title: call.title, body: call.body)
    notice.data = call.data
    notice.channels = [.push, .web]
    return try await notify(notice, context)
  }

  func notify(_ call: Delivery.Notify, _ context: CallContext) async throws(Failure) -> Empty {
    let now = clock.now()
    var job = try JobDraft(call, at: now)
    guard let key = context.key, !key.isEmpty else { throw .missing("key") }
    guard key.isStorable, key.utf8.count <= JobHandler.longestKey else { throw .invalid("key") }
    if let quiet = call.quiet { try await check(quiet, at: now) }
    job.key = key
    try await take(job)
    if job.due <= now + JobLook.announced { wake() }
    return Empty()
  }

  /// Notices that come together are stored together.
  private func take(_ job: JobDraft) async throws(Failure) {
    do { try await taking.submit(job) } catch { throw asking.failure(error) }
  }

  private func check(_ quiet: Delivery.QuietHours, at now: Timestamp) async throws(Failure) {
    do { try await store.accepts(quiet, at: now) } catch {
      throw error.isRefusal ? .invalid("quiet") : Failure(database: error)
    }
  }

  // MARK: - Changing

  func cancel(_ call: Delivery.CancelNotice) async throws(Failure) -> Delivery.JobChange {
    .init(try await asking { () throws(PostgresError) in try await self.store.cancel(key: call.key) })
  }

  func reschedule(_ call: Delivery.RescheduleNotice) async throws(Failure) -> Delivery.JobChange {
    guard let moment = Timestamp(decent: call.notBefore) else { throw .invalid("notBefore") }
    let outcome = try await asking { () throws(PostgresError) in
      try await self.store.reschedule(key: call.key, to: max(moment, self.clock.now()))
    }
    wake()
    return .init(outcome)
  }

  /// At most this many dead jobs come back at once.
  private static let replaySize = 10_000

  func replay(_ call: Delivery.ReplayDead) async throws(Failure) -> Delivery.ReplayDead.Reply {
    let count = try await asking { () throws(PostgresError) in
      try await self.store.replay(
        kind: call.kind,
        reason: call.reason,
        limit: JobHandler.replaySize,
        at: self.clock.now()
      )
    }
    wake()
    return .init(count)
  }
}

extension JobDraft {
  private static let largestCalendar = 65_536

  /// A notice as a job; refuses what can never be sent.
  init(_ call: Delivery.Notify, at now: Timestamp) throws(Failure) {
    let person = call.to.flatMap { UUIDValue($0.text) }
    guard (person == nil) != (call.mail == nil), (call.to == nil) == (person == nil) else { throw .invalid("to") }
    guard !call.channels.isEmpty else { throw .missing("channels") }
    guard call.calendar?.text.utf8.count ?? 0 <= JobDraft.largestCalendar else { throw .invalid("calendar") }
    var notice = Notice(call.body, title: call.title, data: call.data)
    notice.channels = call.channels
    notice.mail = call.mail
    notice.calendar = call.calendar
    notice.collapse = call.collapse
    self.init(kind: .notice, priority: call.priority, app: call.app, person: person, notice: notice, due: now)
    if let moment = call.notBefore {
      guard let moment = Timestamp(decent: moment) else { throw .invalid("notBefore") }
      due = max(moment, now)
    }
    if let moment = call.expires {
      guard let moment = Timestamp(decent: moment) else { throw .invalid("expires") }
      expires = moment
    }
    quiet = call.quiet
  }
}

extension Timestamp {
  /// Unix seconds within this millennium and the next; nil for anything else.
  fileprivate init?(decent seconds: Double) {
    guard seconds >= 0, seconds < 3.2e10 else { return nil }
    self.init(seconds: seconds)
  }
}
