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
  ]

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> CalendarConfiguration {
    CalendarConfiguration(&reader)
  }

  private let context: DaemonContext
  private let relays: [OutboxRelay]
  private let handler: CalendarHandler
  private let exporter: Exporter?
  private let reminding: Reminding
  private let client = HTTPClient()

  public init(_ configuration: CalendarConfiguration, _ context: DaemonContext) {
    let reporter = CalendarReporter(context.log, context.metrics)
    let auth = context.client(of: .auth)
    let relays = [(CalendarService.notices, ServiceName.delivery), (CalendarService.rooms, .chat)].map {
      table,
      receiver in
      OutboxRelay(table, on: context.database, to: context.client(of: receiver), events: reporter.report)
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
      fetch: { users throws(Failure) in try await auth.call(Auth.FetchProfiles(of: users), CallContext()).profiles },
      find: { emails throws(Failure) in try await auth.call(Auth.Find(emails), CallContext()).profiles }
    )
    self.context = context
    self.relays = relays
    let access: Importer.Access = { user throws(Failure) in
      try await auth.call(Auth.GoogleAccess(of: user), CallContext(timeout: 15_000)).token
    }
    let google = configuration.googleURL.map { [client] url in
      GoogleCalendar(base: url) { request in
        let response = try await client.send(request)
        return (response.status, response.body)
      }
    }
    let importer = google.map { Importer($0, store, clock: context.clock, access: access) }
    exporter = google.map { Exporter($0, store, clock: context.clock, access: access, report: reporter.report) }
    reminding = Reminding(store, clock: context.clock, report: reporter.report)
    handler = CalendarHandler(
      store,
      directory,
      clock: context.clock,
      importer: importer,
      report: reporter.report
    )
    handler.register(on: context.bus)
  }

  public func start() async throws {
    if let exporter { context.work("exports") { try await exporter.run() } }
    context.work("reminders") { [reminding] in try await reminding.run() }
    for relay in relays { context.work("relay") { try await relay.run() } }
  }

  public func drain() async { client.close() }
}
