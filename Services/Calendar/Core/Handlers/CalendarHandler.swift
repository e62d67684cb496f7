import Bus
import JSON
import Loop
import Postgres
import Time
import Wire

/// Answers the calendar's calls: reads what was sent, asks the rules and the store, and writes the contract's documents.
@LoopActor
final class CalendarHandler {
  let store: CalendarStore
  let directory: Directory
  let clock: WallClock
  /// Nil where calendars are not linked.
  let importer: Importer?
  /// Waits until chat has heard of a room, for a moment and only where chat is there.
  let tellChat: @LoopActor (Chat.SetEventRoom) async -> Void
  let report: @LoopActor (CalendarEvent) -> Void
  let holds = Turns<UUIDValue>()

  init(
    _ store: CalendarStore,
    _ directory: Directory,
    clock: WallClock,
    importer: Importer?,
    tellChat: @escaping @LoopActor (Chat.SetEventRoom) async -> Void,
    report: @escaping @LoopActor (CalendarEvent) -> Void
  ) {
    self.store = store
    self.directory = directory
    self.clock = clock
    self.importer = importer
    self.tellChat = tellChat
    self.report = report
  }

  func register(on bus: BusServer) {
    on(bus, Calendar.Events.self) { try await self.events($0, $1) }
    on(bus, Calendar.Schedule.self) { try await self.schedule($0, $1) }
    on(bus, Calendar.Proposals.self) { _, caller in try await self.proposals(caller) }
    on(bus, Calendar.Invites.self) { _, caller in try await self.invites(caller) }
    on(bus, Calendar.Locate.self) { try await self.locate($0, $1) }
    on(bus, Calendar.Propose.self, anew: true) { try await self.propose($0, $1) }
    on(bus, Calendar.Import.self, anew: true) { _, caller in try await self.importLinked(caller) }
    on(bus, Calendar.ReadSettings.self) { _, caller in try await self.settings(caller) }
    on(bus, Calendar.ChangeSettings.self) { try await self.changeSettings($0, $1) }
    on(bus, Calendar.AddEntry.self, anew: true) { try await self.addEntry($0, $1) }
    on(bus, Calendar.Vote.self) { try await self.vote($0, $1) }
    on(bus, Calendar.Fetch.self) { try await self.fetch($0, $1) }
    on(bus, Calendar.Preferred.self) { try await self.preferred($0, $1) }
    on(bus, Calendar.Activate.self) { try await self.activate($0, $1) }
    on(bus, Calendar.Locations.self) { try await self.locations($0, $1) }
    on(bus, Calendar.Edit.self) { try await self.edit($0, $1) }
    on(bus, Calendar.Cancel.self) { try await self.cancel($0, $1) }
    on(bus, Calendar.AddPeople.self) { try await self.addPeople($0, $1) }
    on(bus, Calendar.RemovePerson.self) { try await self.removePerson($0, $1) }
    on(bus, Calendar.Hold.self) { try await self.hold($0, $1) }
    on(bus, Calendar.MakeFeed.self) { _, caller in try await self.makeFeed(caller) }
    on(bus, Calendar.EndFeed.self) { _, caller in try await self.endFeed(caller) }
    on(bus, Calendar.ImportFile.self, anew: true) { try await self.importFile($0, $1) }
    on(bus, Calendar.MakeFreeBusyFeed.self) { _, caller in try await self.makeFreeBusyFeed(caller) }
    on(bus, Calendar.EndFreeBusyFeed.self) { _, caller in try await self.endFreeBusyFeed(caller) }
    bus.on(Calendar.CheckMember.self) { try await self.checkMember($0, $1) }
    bus.on(Calendar.ReadRsvp.self) { call, _ in try await self.readRsvp(call) }
    bus.on(Calendar.AnswerRsvp.self) { call, _ in try await self.answerRsvp(call) }
    bus.on(Calendar.ReadFreeBusy.self) { try await self.freeBusy($0.request, $1) }
    bus.on(Calendar.ReadFeed.self) { call, _ in try await self.readFeed(call) }
    bus.on(Calendar.ReadEventFeed.self) { try await self.readEventFeed($0, $1) }
  }

  private func on<C: CalendarCall>(
    _ bus: BusServer,
    _ call: C.Type,
    anew: Bool = false,
    _ answer: @escaping @LoopActor (Calendar.Request, Caller) async throws -> RawJSON
  ) {
    bus.on(call) { [self] call, context in
      try await translating { try await answer(call.request, self.directory.caller(of: context, anew: anew)) }
    }
  }

  /// Turns the database's errors into what callers are told.
  func translating<Answer>(_ body: @LoopActor () async throws -> Answer) async throws -> Answer {
    do {
      return try await body()
    } catch let error as PostgresError {
      report(.databaseFailed(error))
      throw Failure(database: error)
    }
  }

  // MARK: - Steps

  /// Unix seconds.
  var now: Int { clock.now().unix }

  /// The event of the path, for somebody who belongs to it: `not_found`, then `forbidden`.
  func event(_ request: Calendar.Request, for caller: Caller) async throws -> EventRecord {
    guard let id = request.event.flatMap({ UUIDValue(event: $0) }), let event = try await store.event(id) else {
      throw Failure(.notFound)
    }
    guard event.creator == caller.id || event.guest(caller.email) != nil else { throw Failure(.forbidden) }
    return event
  }

  /// The event of the path, for its creator alone.
  func ownEvent(_ request: Calendar.Request, of caller: Caller) async throws -> EventRecord {
    let event = try await event(request, for: caller)
    guard event.creator == caller.id else { throw Failure(.forbidden) }
    return event
  }

  static let succeeded = RawJSON.object { $0.member("status", "success") }
}

extension Failure {
  /// What a caller is told of the database's troubles: to come again where that may help.
  init(database error: PostgresError) {
    switch error.kind {
    case .unavailable, .timeout: self = .unavailable
    case .constraint("hold_once"): self = Failure(.conflict, .held)
    case .state where error.isSerializationFailure: self = .unavailable
    case .state: self = error.isRefusal ? .invalid("body") : .internal
    case .constraint, .decoding: self = .internal
    }
  }
}
