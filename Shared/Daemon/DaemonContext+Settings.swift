import Bus
import Loop
import Postgres
import Settings
import Telemetry
import Time

extension DaemonContext {
  /// The context of a process. A worker that ends takes the process with it.
  convenience init(
    of service: ServiceName,
    _ settings: DaemonSettings,
    _ log: Logger,
    _ metrics: MetricsRegistry,
    _ database: Database?,
    _ report: @escaping EventSink<DaemonEvent>
  ) {
    self.init(
      name: service,
      clock: settings.clockFile.map { .shifted(byFile: $0) } ?? .system,
      log: log,
      metrics: metrics,
      bus: BusServer(service: service.rawValue, key: settings.busKey) { report(.bus($0)) },
      database: database,
      services: settings.services,
      busKey: settings.busKey,
      line: settings.nats.map { NATSLine($0, name: "carillon-\(service.rawValue)") { report(.bus($0)) } },
      drainLimit: settings.drainLimit / 2
    ) { event in
      report(event)
      guard case .workerEnded = event else { return }
      log.flush()
      ExitStatus.tryAgain.leave()
    }
  }
}
