import Bus
import JSON
import Loop
import Postgres
import Time
import Wire

/// Answers what other services hand over: each call is stored, and committed, before its answer.
///
/// Text messages are kept until there is somebody to send them, so that no caller's outbox fills with what it cannot get
/// rid of.
@LoopActor
final class DeliveryHandler {
  private let store: DeliveryStore
  private let clock: WallClock
  private let asking: AskingDatabase
  private let newcomers: Newcomers
  /// Called after a job was stored.
  private let wake: @LoopActor () -> Void
  private let textsGo: Bool
  private let report: EventSink

  typealias EventSink = @LoopActor (DeliveryEvent) -> Void

  init(
    _ store: DeliveryStore,
    clock: WallClock,
    textsGo: Bool = false,
    wake: @escaping @LoopActor () -> Void = {},
    report: @escaping EventSink
  ) {
    self.textsGo = textsGo
    self.wake = wake
    newcomers = Newcomers(store, clock: clock)
    self.store = store
    self.clock = clock
    self.report = report
    asking = AskingDatabase(report: report)
  }

  func register(on bus: BusServer) {
    bus.on(Delivery.SendText.self) { try await self.sendText($0, $1) }
    bus.on(Delivery.NotePerson.self) { try await self.notePerson($0, $1) }
  }

  // MARK: - Calls

  /// The operator's own receiver takes text messages, where there is one.
  func sendText(_ call: Delivery.SendText, _ context: CallContext) async throws(Failure) -> Empty {
    let key = try key(of: context)
    guard textsGo else { return try await keep(PendingCall(kind: .text, key: key, body: json(of: call)), context) }
    var notice = Notice(call.text)
    notice.number = call.to
    let job = JobDraft(key: key, kind: .text, priority: .urgent, notice: notice, due: clock.now())
    try await asking { () throws(PostgresError) in
      try await self.store.add([job], at: job.due)
    }
    wake()
    return Empty()
  }

  /// Only the snapshot of the highest revision counts of each user. A repetition finishes what its first try began. Who has
  /// another device, or none, but the same number is no newcomer.
  func notePerson(_ call: Delivery.NotePerson, _ context: CallContext) async throws(Failure) -> Empty {
    guard let id = UUIDValue(call.user.text) else { throw .invalid("user") }
    try await asking { () throws(PostgresError) in
      let noted = try await self.store.note(call, of: id)
      if noted.isElsewhere { try await self.store.rezone(id, at: self.clock.now()) }
      guard noted.isNews else { return }
      try await self.store.rouse(waitingFor: id, at: self.clock.now())
      guard let phone = call.phone else { return }
      try await self.store.openBottles(of: phone, for: id, at: self.clock.now())
      guard noted.isNewcomer else { return }
      try await self.newcomers.greet(id)
      try await self.store.markGreeted(id, as: phone)
    }
    wake()
    return Empty()
  }

  // MARK: - Steps

  private func keep(_ call: PendingCall, _ context: CallContext) async throws(Failure) -> Empty {
    try await asking { () throws(PostgresError) in
      try await self.store.keep(call, at: self.clock.now(), deadline: context.deadline)
    }
    report(.kept(call.kind))
    return Empty()
  }

  private func key(of context: CallContext) throws(Failure) -> String {
    guard let key = context.key, !key.isEmpty else { throw .missing("key") }
    return key
  }

  private func json(of call: some Call) throws(Failure) -> RawJSON {
    do { return try call.json() } catch { throw .invalid("body") }
  }
}

extension Failure {
  /// What a caller is told of the database's troubles: to come again where that may help.
  init(database error: PostgresError) {
    switch error.kind {
    case .unavailable, .timeout: self = .unavailable
    case .state where error.isSerializationFailure: self = .unavailable
    // A text with a NUL, say.
    case .state: self = error.isRefusal ? .invalid("body") : .internal
    case .constraint, .decoding: self = .internal
    }
  }
}
