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
  private lazy var leadership = Leadership(store, won: { [unowned self] in await lead(in: $0) }, deposed: depose)
  private let depose: @LoopActor () -> Void
  private var leads = false

  public init(_ configuration: LiveConfiguration, _ context: DaemonContext) {
    self.configuration = configuration
    self.context = context
    let reporter = LiveReporter(context.log, context.metrics)
    self.reporter = reporter
    let bus = context.bus
    store = LiveStore(database: context.database)
    days = DayClock(store, zone: configuration.dayZone)
    let depose: @LoopActor () -> Void = {
      reporter.report(.deposed)
      context.work("leadership") { throw Deposed() }
    }
    self.depose = depose
    rounds = Rounds(
      configuration,
      store,
      days,
      clock: context.clock,
      publish: { try? bus.publish($0) },
      report: reporter.report,
      deposed: depose
    )
    let handler = LiveHandler(rounds, store, days, configuration, clock: context.clock, report: reporter.report)
    handler.register(on: bus)
    context.metrics.gauge("carillon_live_connections", "Connections of all gateways.") { [rounds] in
      LoopActor.assumeIsolated { Double(rounds.board.presence.count) }
    }
    context.metrics.gauge("carillon_live_leads", "1 while this copy counts, 0 while it stands by.") { [weak self] in
      LoopActor.assumeIsolated { self?.leads == true ? 1 : 0 }
    }
  }

  /// A time zone that the database does not know ends the daemon here.
  ///
  /// Who died a moment ago has the lock for that moment; where somebody has it for longer, this copy stands by.
  public func start() async throws {
    _ = try await days.day(of: context.clock.now())
    leadership.start()
    let limit = Instant.now + .seconds(1)
    while !leads, .now < limit { try await pause(for: .milliseconds(5)) }
    guard !leads else { return }
    reporter.report(.standingBy)
    context.bus.standBy()
  }

  /// Reads what others have counted, and counts from there.
  private func lead(in term: Int) async {
    rounds.term = term
    await readClaims()
    await rounds.look()
    leads = true
    reporter.report(.leads(term: term))
    context.bus.stepForward()
    context.work("hours") { [self] in try await keepHours() }
    context.work("retention") { [self] in try await keepRetention() }
  }

  /// Nobody may bear a name that is somebody's, so nothing begins before they are read.
  private func readClaims() async {
    while configuration.allowsClaims {
      if let claims = try? await store.claims() {
        for (name, digest) in claims { rounds.changeClaims { $0.add(name, digest) } }
        return
      }
      try? await pause(for: .milliseconds(100))
    }
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

/// Another copy leads. This one ends as if it had crashed, and is started again to stand by.
struct Deposed: Error, CustomStringConvertible {
  var description: String { "another copy leads" }
}
