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
  public nonisolated static let migrations = [
    Migration(name: "m0001_calendar", sql: String(decoding: PackageResources.m0001_calendar_sql, as: UTF8.self)),
    notices.migration(named: "m0002_outbox"),
  ]

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> CalendarConfiguration {
    CalendarConfiguration(&reader)
  }

  private let context: DaemonContext
  private let relay: OutboxRelay
  private let handler: CalendarHandler

  public init(_ configuration: CalendarConfiguration, _ context: DaemonContext) {
    let reporter = CalendarReporter(context.log, context.metrics)
    let auth = context.client(of: .auth)
    let relay = OutboxRelay(
      CalendarService.notices,
      on: context.database,
      to: context.client(of: .delivery),
      events: reporter.report
    )
    let store = CalendarStore(database: context.database, notices: CalendarService.notices, wake: relay.wake)
    let directory = Directory(
      store,
      fetch: { users throws(Failure) in try await auth.call(Auth.FetchProfiles(of: users), CallContext()).profiles },
      find: { emails throws(Failure) in try await auth.call(Auth.Find(emails), CallContext()).profiles }
    )
    self.context = context
    self.relay = relay
    handler = CalendarHandler(store, directory, clock: context.clock, report: reporter.report)
    handler.register(on: context.bus)
  }

  public func start() async throws {
    context.work("relay") { [relay] in try await relay.run() }
  }

  public func drain() async {}
}
