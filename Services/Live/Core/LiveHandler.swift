import Bus
import Daemon
import JSON
import Loop
import Postgres
import Time
import Wire

/// Answers live's calls.
@LoopActor
final class LiveHandler {
  static let listLimit = 10_000
  private static let announcementUnits = 300

  let rounds: Rounds
  let store: LiveStore
  let clock: WallClock
  let allowsClaims: Bool
  private let days: DayClock
  private let texts: ListedText
  private let report: @LoopActor (LiveEvent) -> Void

  init(
    _ rounds: Rounds,
    _ store: LiveStore,
    _ days: DayClock,
    _ configuration: LiveConfiguration,
    clock: WallClock,
    report: @escaping @LoopActor (LiveEvent) -> Void
  ) {
    self.rounds = rounds
    self.store = store
    self.days = days
    texts = ListedText(isHTMLSafe: configuration.isHTMLSafe)
    allowsClaims = configuration.allowsClaims
    self.clock = clock
    self.report = report
  }

  func register(on bus: BusServer) {
    bus.on(Live.Relay.self) { call, _ in try await self.rounds.relay(call) }
    bus.on(Live.Attach.self) { call, _ in try await self.attach(call) }
    bus.on(Live.Claim.self) { call, _ in try await self.claim(call) }
    bus.on(Live.Forget.self) { call, _ in try await self.forget(call) }
    bus.on(Live.Announce.self) { call, _ in try await self.announce(call) }
    bus.on(Live.LatestClicks.self) { call, _ in try await self.clicks(call) }
    bus.on(Live.LatestEvents.self) { call, _ in try await self.events(call) }
    bus.on(Live.Users.self) { call, _ in try await self.users(call) }
    bus.on(Live.LatestHours.self) { _, _ in try await self.latestHours() }
    bus.on(Live.Hours.self) { call, _ in try await self.hours(call) }
    bus.on(Live.OnlineUsers.self) { _, _ in self.onlineUsers() }
    bus.on(Live.CurrentStats.self) { _, _ in await self.stats() }
  }

  // MARK: - Gateways

  private func attach(_ call: Live.Attach) async throws(Failure) -> Live.Attached {
    try await rounds.attach(call)
    guard !call.unanswered.isEmpty else { return Live.Attached(stored: []) }
    return Live.Attached(stored: try await asking { try await self.store.stored(call.unanswered, of: call.gateway) })
  }

  private func announce(_ call: Live.Announce) async throws(Failure) -> Empty {
    let text = PlainText.cleaned(try call.text.required("text"))
    guard !text.isEmpty, PlainText.units(text) <= LiveHandler.announcementUnits else { throw .invalid("text") }
    let style = try call.style.optional("style")
    if let style, ToastStyle.allowed(style) != style { throw .invalid("style") }
    let type = try call.type.optional("type") ?? "toast"
    guard type == "toast" || type == "popup" else { throw .invalid("type") }
    try await rounds.announce(Live.Item(.message, .message(text, style: style, type: type)))
    return Empty()
  }

  // MARK: - Lists

  private func clicks(_ call: Live.LatestClicks) async throws(Failure) -> Live.Page {
    let (limit, before) = try LiveHandler.part(call)
    return try await asking {
      let range = ListRange(day: try await self.today(), limit: limit, before: before)
      return try await self.store.clicks(range, self.texts)
    }
  }

  private func events(_ call: Live.LatestEvents) async throws(Failure) -> Live.Page {
    let (limit, before) = try LiveHandler.part(call)
    return try await asking {
      let range = ListRange(day: try await self.today(), limit: limit, before: before)
      return try await self.store.events(range, self.texts)
    }
  }

  private func users(_ call: Live.Users) async throws(Failure) -> Live.Page {
    let (limit, _) = try LiveHandler.part(call)
    return try await asking { try await self.store.people(atMost: limit, self.texts) }
  }

  private static func part(_ call: some Live.PageCall) throws(Failure) -> (limit: Int, before: Int?) {
    let limit = try call.limit.optional("limit") ?? listLimit
    guard (1...listLimit).contains(limit) else { throw .invalid("limit") }
    return (limit, try call.before.optional("before"))
  }

  private func latestHours() async throws(Failure) -> RawJSON {
    try await asking {
      let now = self.clock.now()
      let first = try await self.days.day(of: now).weekStart.hourStart
      return try await self.store.hours(from: first, to: now.hourStart)
    }
  }

  private func hours(_ call: Live.Hours) async throws(Failure) -> RawJSON {
    let now = clock.now()
    let (from, to) = (try call.from.optional("from") ?? 0, try call.to.optional("to") ?? now.wholeSeconds)
    let last = Timestamp(milliseconds: Int64(max(0, min(to, now.wholeSeconds))) * 1000).hourStart
    let oldest = last - .seconds((LiveHandler.listLimit - 1) * 3600)
    let wanted = Timestamp(milliseconds: Int64(max(0, min(from, now.wholeSeconds))) * 1000).hourStart
    return try await asking { try await self.store.hours(from: max(oldest, wanted), to: last) }
  }

  private func onlineUsers() -> RawJSON {
    let seats = rounds.board.presence.seats
    var writer = JSONWriter(reserving: 16 + seats.count * 128)
    writer.beginArray()
    for seat in seats {
      writer.beginObject()
      writer.name("name")
      if let name = seat.name { writer.string(texts.listed(name)) } else { writer.null() }
      writer.member("click_count", seat.session.clicks)
      writer.member("event_count", seat.session.events)
      writer.member("click_count_session", seat.session.clicks)
      writer.member("event_count_session", seat.session.events)
      writer.endObject()
    }
    writer.endArray()
    return writer.raw
  }

  /// A new hour is never answered with the old one's numbers, nor a new day.
  private func stats() async -> RawJSON {
    if rounds.board.counters.isOver(at: clock.now()) { await rounds.look() }
    return rounds.board.counters.json
  }

  private func today() async throws -> Day { try await days.day(of: clock.now()) }

  func asking<T: Sendable>(_ body: @LoopActor () async throws -> T) async throws(Failure) -> T {
    do { return try await body() } catch {
      if let error = error as? PostgresError { report(.databaseFailed(error, requests: 1)) }
      throw Failure(database: error)
    }
  }
}
