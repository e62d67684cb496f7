import Bus
import Postgres
import Telemetry

/// The numbers behind the events of a daemon's frame.
struct DaemonCounters: Sendable {
  enum Trouble: String, CaseIterable {
    case connectionLost = "connection_lost", handlerFailed = "handler_failed", refused
  }
  enum Strain: String, CaseIterable {
    case connectFailed = "connect_failed", lost, cancelled, overloaded
  }

  private let bus: Counters<Trouble>
  private let database: Counters<Strain>

  init(_ metrics: MetricsRegistry) {
    bus = metrics.counters(
      "carillon_bus_troubles_total",
      "What went wrong on the bus.",
      label: "kind",
      by: Trouble.self
    )
    database = metrics.counters(
      "carillon_database_troubles_total",
      "What went wrong with the database.",
      label: "kind",
      by: Strain.self
    )
  }

  func count(_ notice: BusNotice) {
    switch notice {
    case .connected: break
    case .connectionLost: bus[.connectionLost].add()
    case .peerRefused: bus[.refused].add()
    case .handlerFailed: bus[.handlerFailed].add()
    }
  }

  func count(_ event: DatabaseEvent) {
    switch event {
    case .connected: break
    case .connectFailed: database[.connectFailed].add()
    case .lost: database[.lost].add()
    case .cancelled: database[.cancelled].add()
    case .overloaded: database[.overloaded].add()
    }
  }
}
