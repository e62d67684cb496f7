import Bus
public import Daemon
public import Loop
import Outbox
import Outgoing
public import Postgres
public import Settings
import Time
import Wire

/// `carillon-auth`: puts its parts together.
@LoopActor
public final class AuthService: DaemonService {
  public nonisolated static let name = ServiceName.auth
  /// Of a client whose news delivery is slow to take.
  private nonisolated static let patience = Duration.seconds(1)
  private nonisolated static let outbox = OutboxTable(schema: "auth")
  public nonisolated static let migrations = [
    Migration(name: "m0001_accounts", sql: String(decoding: PackageResources.m0001_accounts_sql, as: UTF8.self)),
    outbox.migration(named: "m0002_outbox"),
    Migration(name: "m0003_notices", sql: String(decoding: PackageResources.m0003_notices_sql, as: UTF8.self)),
    Migration(name: "m0004_tries", sql: String(decoding: PackageResources.m0004_tries_sql, as: UTF8.self)),
  ]

  private let context: DaemonContext
  private let handler: AuthHandler
  private let upkeep: Upkeep
  private let relay: OutboxRelay
  private let google: GoogleSignIn?
  private let client = HTTPClient()
  /// For Google's tokens: what hangs there holds no connection that keys need, and a stop waits for none of it.
  private let grants = HTTPClient(connectionsPerHost: 16)

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> AuthConfiguration {
    AuthConfiguration(&reader)
  }

  public init(_ configuration: AuthConfiguration, _ context: DaemonContext) {
    let reporter = AuthReporter(log: context.log, metrics: context.metrics)
    let bus = context.bus
    self.context = context
    let relay = OutboxRelay(
      AuthService.outbox,
      on: context.database,
      to: context.client(of: .delivery),
      events: OutboxReporter(context.log, context.metrics).report
    )
    self.relay = relay
    let store = AuthStore(context.database, outbox: AuthService.outbox) { news in
      await relay.deliver(news, within: AuthService.patience)
    }
    let google = configuration.google.map { [client, grants] settings in
      GoogleSignIn(
        settings,
        clock: context.clock,
        send: { request in
          let carrier = request.url == settings.exchange?.tokenURL ? grants : client
          let response = try await carrier.send(request)
          return (response.status, response.body)
        },
        keep: { try await store.store($0, of: $1, at: context.clock.now()) },
        events: reporter.report
      )
    }
    self.google = google
    handler = AuthHandler(
      store: store,
      configuration: configuration,
      google: google,
      clock: context.clock,
      publish: { try? bus.publish($0) },
      events: reporter.report
    )
    upkeep = Upkeep(store, clock: context.clock, events: reporter.report)
    handler.register(on: bus)
  }

  public func start() async throws {
    context.database.listen(to: SessionNotice.channel) { [handler] in handler.hear($0) }
    context.work("relay") { [relay] in try await relay.run() }
    context.work("upkeep") { [upkeep] in try await upkeep.run() }
    context.work("tries") { [upkeep] in try await upkeep.sweepTries() }
  }

  public func stopping() {
    google?.stop()
    grants.close()
  }

  public func drain() async { client.close() }
}
