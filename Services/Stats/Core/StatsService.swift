public import Daemon
import Loop
public import Postgres
public import Settings

/// `carillon-stats`: keeps how much and how well each user studied, per course and session.
public final class StatsService: DaemonService {
  public nonisolated static let name = ServiceName.stats
  public nonisolated static let migrations = StatsSchema.migrations

  private let handler: StatsHandler

  public nonisolated static func configure(_ reader: inout EnvironmentReader) -> StatsConfiguration {
    StatsConfiguration(&reader)
  }

  public init(_ configuration: StatsConfiguration, _ context: DaemonContext) {
    let reporter = StatsReporter(context.log, context.metrics)
    handler = StatsHandler(configuration, context.database, clock: context.clock, report: reporter.report)
    handler.register(on: context.bus)
  }

  /// Everything runs within a call; there is nothing beside the bus.
  public func start() {}
  public func drain() {}
}
