import Bus
public import Daemon
public import Loop
import Outbox
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
  ]

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> CalendarConfiguration {
    CalendarConfiguration(&reader)
  }

  private let context: DaemonContext
  private let relays: [OutboxRelay]
  private let handler: CalendarHandler

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
      wake: { for relay in relays { relay.wake() } }
    )
    let directory = Directory(
      store,
      clock: context.clock,
      fetch: { users throws(Failure) in try await auth.call(Auth.FetchProfiles(of: users), CallContext()).profiles },
      find: { emails throws(Failure) in try await auth.call(Auth.Find(emails), CallContext()).profiles }
    )
    self.context = context
    self.relays = relays
    handler = CalendarHandler(store, directory, clock: context.clock, report: reporter.report)
    handler.register(on: context.bus)
  }

  public func start() async throws {
    for relay in relays { context.work("relay") { try await relay.run() } }
  }

  public func drain() async {}
}
