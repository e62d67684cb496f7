import Bus
public import Daemon
public import Loop
public import Postgres
public import Settings
import Telemetry
import Time
import Wire

/// `carillon-live`: puts its parts together.
@LoopActor
public final class LiveService: DaemonService {
  public nonisolated static let name = ServiceName.live
  public nonisolated static let migrations = LiveSchema.migrations

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> LiveConfiguration {
    LiveConfiguration(&reader)
  }

  private let configuration: LiveConfiguration
  private let context: DaemonContext
  private let store: LiveStore
  private let days: DayClock
  private let rounds: Rounds
  private let reporter: LiveReporter

  public init(_ configuration: LiveConfiguration, _ context: DaemonContext) {
    self.configuration = configuration
    self.context = context
    let reporter = LiveReporter(context.log, context.metrics)
    self.reporter = reporter
    let bus = context.bus
    store = LiveStore(database: context.database)
    days = DayClock(store, zone: configuration.dayZone)
    rounds = Rounds(
      configuration,
      store,
      days,
      clock: context.clock,
      publish: { try? bus.publish($0) },
      report: reporter.report
    )
    let handler = LiveHandler(rounds, store, days, configuration, clock: context.clock, report: reporter.report)
    handler.register(on: bus)
    context.metrics.gauge("carillon_live_connections", "Connections of all gateways.") { [rounds] in
      LoopActor.assumeIsolated { Double(rounds.board.presence.count) }
    }
  }

  /// A time zone that the database does not know ends the daemon here.
  public func start() async throws {
    _ = try await days.day(of: context.clock.now())
    if configuration.allowsClaims {
      for (name, digest) in try await store.claims() { rounds.changeClaims { $0.add(name, digest) } }
    }
    await rounds.look()
    context.work("hours") { [self] in try await keepHours() }
    context.work("retention") { [self] in try await keepRetention() }
  }

  public func drain() async { rounds.end() }

  /// At the start of each hour everybody is told, whether or not anybody clicks.
  private func keepHours() async throws {
    while true {
      try await pause(until: context.clock.now().nextHour, by: context.clock)
      await rounds.look()
    }
  }

  /// Looks once an hour; what fails is left to the next look.
  private func keepRetention() async throws {
    while true {
      let end = context.clock.now() - configuration.retention
      while let removed = try? await store.removeRows(before: end, atMost: 5000), removed > 0 {
        reporter.report(.removed(rows: removed))
      }
      try await pause(until: context.clock.now() + .seconds(3600), by: context.clock)
    }
  }
}
