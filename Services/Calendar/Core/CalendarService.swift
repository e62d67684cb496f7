import Bus
public import Daemon
public import Loop
import Outbox
import Outgoing
public import Postgres
public import Settings
import Wire

/// `carillon-calendar`: puts its parts together.
@LoopActor
public final class CalendarService: DaemonService {
  public nonisolated static let name = ServiceName.calendar
  private nonisolated static let notices = OutboxTable(schema: "calendar")
  private nonisolated static let rooms = OutboxTable(schema: "calendar", table: "room_outbox")
  public nonisolated static let migrations = [
    Migration(name: "m0001_calendar", sql: String(decoding: PackageResources.m0001_calendar_sql, as: UTF8.self)),
    notices.migration(named: "m0002_outbox"),
    rooms.migration(named: "m0003_room_outbox"),
    Migration(name: "m0004_linked", sql: String(decoding: PackageResources.m0004_linked_sql, as: UTF8.self)),
    Migration(name: "m0005_feed", sql: String(decoding: PackageResources.m0005_feed_sql, as: UTF8.self)),
    Migration(name: "m0006_personal", sql: String(decoding: PackageResources.m0006_personal_sql, as: UTF8.self)),
    Migration(name: "m0007_file", sql: String(decoding: PackageResources.m0007_file_sql, as: UTF8.self)),
    Migration(name: "m0008_exported", sql: String(decoding: PackageResources.m0008_exported_sql, as: UTF8.self)),
    Migration(name: "m0009_invited", sql: String(decoding: PackageResources.m0009_invited_sql, as: UTF8.self)),
    Migration(name: "m0010_import", sql: String(decoding: PackageResources.m0010_import_sql, as: UTF8.self)),
    Migration(name: "m0011_lease", sql: String(decoding: PackageResources.m0011_lease_sql, as: UTF8.self)),
  ]

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> CalendarConfiguration {
    CalendarConfiguration(&reader)
  }

  private let context: DaemonContext
  private let relays: [OutboxRelay]
  private let handler: CalendarHandler
  private let importer: Importer?
  private let exporter: Exporter?
  private let reimporting: Reimporting?
  private let reminding: Reminding
  /// Each its own, so that what hangs in one direction holds no connection of the other.
  private let reading = HTTPClient(connectionsPerHost: Importer.atOnce)
  private let writing = HTTPClient(connectionsPerHost: Exporter.atOnce)

  public init(_ configuration: CalendarConfiguration, _ context: DaemonContext) {
    let reporter = CalendarReporter(context.log, context.metrics)
    let auth = context.client(of: .auth)
    let relaying = OutboxReporter(context.log, context.metrics)
    let relays = [(CalendarService.notices, ServiceName.delivery), (CalendarService.rooms, .chat)].map {
      table,
      receiver in
      OutboxRelay(table, on: context.database, to: context.client(of: receiver), events: relaying.report)
    }
    let store = CalendarStore(
      database: context.database,
      notices: CalendarService.notices,
      rooms: CalendarService.rooms,
      wake: { for relay in relays { relay.wake() } },
      exports: configuration.googleURL != nil,
      invitations: configuration.invitations
    )
    let directory = Directory(
      store,
      clock: context.clock,
      fetch: { users throws(Failure) in
        try await auth.call(Auth.FetchProfiles(of: users), CallContext(isRepeatable: true)).profiles
      },
      find: { emails throws(Failure) in
        try await auth.call(Auth.Find(emails), CallContext(isRepeatable: true)).profiles
      }
    )
    self.context = context
    self.relays = relays
    let access: Importer.Access = { user throws(Failure) in
      try await auth.call(Auth.GoogleAccess(of: user), CallContext(timeout: 15_000)).token
    }
    let importer = configuration.googleURL.map { [reading] url in
      let google = GoogleCalendar(base: url, over: reading)
      return Importer(google, store, clock: context.clock, access: access, report: reporter.report)
    }
    self.importer = importer
    exporter = configuration.googleURL.map { [writing] url in
      let google = GoogleCalendar(base: url, over: writing)
      return Exporter(google, store, clock: context.clock, access: access, report: reporter.report)
    }
    reimporting = importer.map {
      Reimporting($0, store, directory, clock: context.clock, report: reporter.report)
    }
    reminding = Reminding(store, clock: context.clock, report: reporter.report)
    handler = CalendarHandler(
      store,
      directory,
      clock: context.clock,
      importer: importer,
      tellChat: CalendarService.telling(context.client(of: .chat)),
      report: reporter.report
    )
    handler.register(on: context.bus)
  }

  private static func telling(_ chat: BusClient) -> @LoopActor (Chat.SetEventRoom) async -> Void {
    { room in
      guard chat.isReady else { return }
      let context = CallContext(timeout: 1000, trace: CallContext.currentTrace, isRepeatable: true)
      _ = try? await chat.call(room, context)
    }
  }

  public func start() async throws {
    if let exporter, let reimporting {
      context.database.listen(to: CalendarStore.linkedChannel) { _ in
        exporter.wake()
        reimporting.wake()
      }
      context.work("exports") { try await exporter.run() }
      context.work("imports") { try await reimporting.run() }
    }
    context.work("reminders") { [reminding] in try await reminding.run() }
    for relay in relays { context.work("relay") { try await relay.run() } }
  }

  /// Calendars of others are not waited for: what is under way with them is left for whoever comes next.
  public func stopping() {
    exporter?.stop()
    reimporting?.stop()
    importer?.stop()
    reading.close()
    writing.close()
  }

  public func drain() async {}
}

extension GoogleCalendar {
  fileprivate init(base: String, over client: HTTPClient) {
    self.init(base: base) { request in
      let response = try await client.send(request)
      return GoogleAnswer(status: response.status, body: response.body, retryAfter: response.header("retry-after"))
    }
  }
}
