import Bus
import Loop
import Postgres
import Settings
import Telemetry

/// Turns a daemon's events into log lines; the level of each is decided here.
@LoopActor
final class DaemonReporter {
  private let log: Logger
  private let counters: DaemonCounters
  /// What is known to be away: a peer that stays away is told once, not at each try.
  private var away: Set<String> = []

  init(_ log: Logger, _ metrics: MetricsRegistry) {
    self.log = log
    counters = DaemonCounters(metrics)
  }

  func report(_ event: DaemonEvent) {
    switch event {
    case .starting: log.info("daemon.starting", ["version": .id(suiteVersion)])
    case .clockMovable(let file): log.warning("daemon.clock_movable", ["file": .id(file)])
    case .settingUnknown(let setting): report(setting)
    case .schemaWaits(let reason, let wait):
      log.log(quieter("schema"), "schema.waits", ["reason": .reason(reason), "retry_after": .span(wait)])
    case .schemaReady(let applied):
      away.remove("schema")
      log.info("schema.ready", ["applied": .id(applied.joined(separator: ","))])
    case .schemaRefused(let reason): log.error("schema.refused", ["reason": .reason(reason)])
    case .adminListening(let endpoint): log.info("admin.listening", ["address": .id("\(endpoint)")])
    case .busListening(let endpoint): log.info("bus.listening", ["address": .id("\(endpoint)")])
    case .ready(let after): log.info("daemon.ready", ["after": .span(after)])
    case .cannotStart(let reason): log.error("daemon.cannot_start", ["reason": .reason(reason)])
    case .workerEnded(let name, let reason):
      log.error("daemon.worker_ended", ["worker": .word(name), "reason": .reason(reason ?? "returned")])
    case .stopAsked(let signal): log.info("daemon.stop_asked", ["signal": .int(Int(signal))])
    case .drained(let after): log.info("daemon.drained", ["after": .span(after)])
    case .drainCut: log.warning("daemon.drain_cut")
    case .bus(let notice): report(notice)
    case .database(let event): report(event)
    }
  }

  private func report(_ setting: UnknownSetting) {
    guard let meant = setting.resembles else {
      return log.debug("settings.unknown", ["name": .id(setting.name)])
    }
    log.warning("settings.misspelt", ["name": .id(setting.name), "meant": .id(meant)])
  }

  private func report(_ notice: BusNotice) {
    counters.count(notice)
    switch notice {
    case .connected(let service, let endpoint):
      away.remove("bus \(endpoint)")
      log.info("bus.connected", ["to": .id(service), "endpoint": .id(endpoint)])
    case .connectionLost(let service, let endpoint, let reason):
      log.log(
        quieter("bus \(endpoint)"),
        "bus.connection_lost",
        ["to": .id(service), "endpoint": .id(endpoint), "reason": .reason(reason)]
      )
    case .peerRefused(let address, let reason):
      log.warning("bus.peer_refused", ["address": .id(address), "reason": .id(reason.rawValue)])
    case .handlerFailed(let call, let error):
      log.error("bus.handler_failed", ["call": .id(call), "error": .reason(error)])
    }
  }

  private func report(_ event: DatabaseEvent) {
    counters.count(event)
    switch event {
    case .connected(let role):
      away.remove("database \(role)")
      log.info("database.connected", ["role": .id("\(role)")])
    case .connectFailed(let role, let reason, let wait):
      log.log(
        quieter("database \(role)"),
        "database.connect_failed",
        ["role": .id("\(role)"), "reason": .reason(reason), "retry_after": .span(wait)]
      )
    case .lost(let role, let reason):
      log.warning("database.lost", ["role": .id("\(role)"), "reason": .reason(reason)])
    case .cancelled: log.debug("database.statement_cancelled")
    case .overloaded: log.debug("database.overloaded")
    }
  }

  private func quieter(_ part: String) -> LogLevel { away.insert(part).inserted ? .warning : .debug }
}
