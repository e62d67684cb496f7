import Bus
import JSON
import Loop
import Postgres
import Telemetry
import Time
import Wire

/// Answers the calls of pictever.md 2.3: messages to the future.
@LoopActor
final class MessageHandler {
  let people: People
  private let store: DeliveryStore
  private let clock: WallClock
  private let founders: Set<UUIDValue>
  private let asking: AskingDatabase
  private let wake: @LoopActor () -> Void
  /// Requests that come together are stored together.
  private let parcels: Batcher<Parcel, Void>

  init(
    _ store: DeliveryStore,
    _ people: People,
    founders: Set<UUIDValue>,
    clock: WallClock,
    asking: AskingDatabase,
    wake: @escaping @LoopActor () -> Void
  ) {
    self.wake = wake
    self.store = store
    self.people = people
    self.founders = founders
    self.clock = clock
    self.asking = asking
    parcels = Batcher(limit: 256, concurrency: 2, key: \Parcel.turn) { parcels in
      try await store.send(parcels, at: clock.now())
      return parcels.map { _ in }
    }
  }

  func register(on bus: BusServer) {
    bus.on(Delivery.SendMessage.self) { try await self.send($0, $1) }
    bus.on(Delivery.Receive.self) { try await self.receive($0, $1) }
    bus.on(Delivery.Resend.self) { try await self.resend($0, $1) }
    bus.on(Delivery.ListSendChoices.self) { try await self.choices($1) }
    bus.on(Delivery.CountFuture.self) { try await self.countFuture($1) }
    bus.on(Delivery.CountWaiting.self) { _, _ in try await self.countWaiting() }
    bus.on(Delivery.ReadStatus.self) { try await self.status($1) }
    bus.on(Delivery.BlockContacts.self) { try await self.block($0, $1) }
    bus.on(Delivery.UnblockContacts.self) { try await self.unblock($0, $1) }
  }

  // MARK: - Sending and receiving

  func send(_ call: Delivery.SendMessage, _ context: CallContext) async throws(Failure) -> Empty {
    let id = try People.id(context)
    let draft = try SendDraft(call.submission)
    let key = context.key.map { String($0.prefix(200)) }
    if let key, !key.isStorable { throw .invalid("idempotency_key") }
    let known = try await people.audience(Inquiry(sender: id, users: draft.users))
    let now = clock.now()
    let form = try SendForm(draft, country: known.sender.country, at: now, chance: IdentifierSource.fraction())
    let found = known.receivers + (try await people.owners(of: form.targets, for: id))
    let plan = try SendPlan(form, by: id, key: key, to: found, at: now) { IdentifierSource.fraction() }
    let parcel = Parcel(plan: plan, form: form, sender: id, created: now)
    do { try await self.parcels.submit(parcel) } catch { throw asking.failure(error) }
    let bottled = plan.messages.compactMap(\.bottle)
    try await asking { () throws(PostgresError) in try await self.openTaken(bottled, at: now) }
    if form.moment <= now + JobLook.announced || plan.messages.contains(where: { $0.announcement != nil }) { wake() }
    return Empty()
  }

  /// A number that was claimed while its bottle was being stored: whoever comes second sees the other.
  private func openTaken(_ phones: [String], at now: Timestamp) async throws(PostgresError) {
    guard !phones.isEmpty else { return }
    for owner in try await store.owners(ofBottles: phones) {
      try await store.openBottles(of: owner.phone, for: owner.id, at: now)
    }
  }

  func receive(_ call: Delivery.Receive, _ context: CallContext) async throws(Failure) -> RawJSON {
    let person = try People.id(context)
    let cursor = try ReceiveCursor.parse(Fields(call.submission).text("ts"))
    let now = clock.now()
    return try await asking { () throws(PostgresError) in
      try await self.store.receive(after: cursor, by: person, at: now, deadline: context.deadline)
    }.json
  }

  func resend(_ call: Delivery.Resend, _ context: CallContext) async throws(Failure) -> Empty {
    let caller = try await people.caller(context)
    let fields = try Fields(call.submission)
    try fields.require("message_id")
    guard let id = UUIDValue(try fields.text("message_id")) else { throw Failure(.conflict, .notReceived) }
    let now = clock.now()
    let (found, future) = try await asking { () throws(PostgresError) in
      (try await self.store.resendable(id), try await self.store.countFuture(of: caller.id, at: now))
    }
    guard let message = found else { throw Failure(.conflict, .notReceived) }
    guard message.receiver == caller.id else { throw Failure(.forbidden) }
    guard !message.isBottle, !message.isBlocked, message.delivered <= now else {
      throw Failure(.conflict, .notReceived)
    }
    let moment = ResendRule.moment(
      created: message.created,
      delivered: message.delivered,
      futureMessages: future,
      at: now,
      chances: (IdentifierSource.fraction(), IdentifierSource.fraction())
    )
    let label = AgeLabel(moment - message.created).past(caller.language)
    let color = LabelColor.pick(chance: IdentifierSource.fraction())
    let moved = try await asking { () throws(PostgresError) in
      try await self.store.resend(id, message, to: moment, label: label, color: color)
    }
    guard moved else { throw Failure(.conflict, .notReceived) }
    return Empty()
  }

  // MARK: - Looking

  func choices(_ context: CallContext) async throws(Failure) -> RawJSON {
    SendChoice.list(in: try await people.caller(context).language)
  }

  func countFuture(_ context: CallContext) async throws(Failure) -> Delivery.CountFuture.Reply {
    let person = try People.id(context)
    return .init(
      try await asking { () throws(PostgresError) in
        try await self.store.countFuture(of: person, at: self.clock.now())
      }
    )
  }

  func countWaiting() async throws(Failure) -> Delivery.CountFuture.Reply {
    .init(try await asking { () throws(PostgresError) in try await self.store.countWaiting() })
  }

  func status(_ context: CallContext) async throws(Failure) -> Delivery.ReadStatus.Reply {
    let person = try People.id(context)
    let status = try await asking { () throws(PostgresError) in
      let (rank, underway) = try await self.store.standing(of: person, at: self.clock.now())
      let held = SenderStatus(rawValue: rank) ?? .newbie
      let earned = self.founders.contains(person) ? .founder : held.raised(by: underway)
      if earned > held { try await self.store.raise(person, to: earned.rawValue) }
      return earned
    }
    return .init(status.label)
  }

  // MARK: - Blocking

  func block(_ call: Delivery.BlockContacts, _ context: CallContext) async throws(Failure) -> Empty {
    let person = try People.id(context)
    let others = try BlockForm.people(call.submission, "contacts_to_block")
    try await asking { () throws(PostgresError) in
      try await self.store.block(others, by: person, at: self.clock.now())
    }
    return Empty()
  }

  func unblock(_ call: Delivery.UnblockContacts, _ context: CallContext) async throws(Failure) -> Empty {
    let person = try People.id(context)
    let others = try BlockForm.people(call.submission, "contacts_to_unblock")
    try await asking { () throws(PostgresError) in try await self.store.unblock(others, by: person) }
    return Empty()
  }
}
