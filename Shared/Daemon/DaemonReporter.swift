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
  /// Nil for a daemon that keeps nothing.
  private let database: DatabaseSource?
  private var repeats = RepeatFilter()

  init(_ log: Logger, _ metrics: MetricsRegistry, database: DatabaseSource?) {
    self.log = log
    self.database = database
    counters = DaemonCounters(metrics)
  }

  func report(_ event: DaemonEvent) {
    switch event {
    case .starting: log.info("daemon.starting", ["version": .id(suiteVersion)])
    case .clockMovable(let file): log.warning("daemon.clock_movable", ["file": .id(file)])
    case .clockJumped(let span): log.warning("daemon.clock_jumped", ["by": .span(span)])
    case .settingUnknown(let setting): report(setting)
    case .schemaWaits(let reason, let wait):
      log.log(
        level("schema", reason),
        "schema.waits",
        ["reason": .reason(reason), "setting": setting, "is_set": isSet, "retry_after": .span(wait)]
      )
    case .schemaReady(let applied):
      repeats.ended("schema")
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
      repeats.ended("bus \(endpoint)")
      log.info("bus.connected", ["to": .id(service), "endpoint": .id(endpoint)])
    case .connectionLost(let service, let endpoint, let reason):
      log.log(
        level("bus \(endpoint)", reason),
        "bus.connection_lost",
        ["to": .id(service), "endpoint": .id(endpoint), "reason": .reason(reason), "setting": busSetting(service)]
      )
    case .peerRefused(let address, let reason):
      log.log(
        level("peer \(address)", reason.rawValue),
        "bus.peer_refused",
        ["address": .id(address), "reason": .id(reason.rawValue), "setting": .word("CARILLON_BUS_KEY_FILE")]
      )
    case .handlerFailed(let call, let error):
      log.error("bus.handler_failed", ["call": .id(call), "error": .reason(error)])
    }
  }

  private func report(_ event: DatabaseEvent) {
    counters.count(event)
    switch event {
    case .connected(let role):
      repeats.ended("database")
      log.info("database.connected", ["role": .id("\(role)")])
    case .connectFailed(let role, let reason, let wait):
      log.log(
        level("database", reason),
        "database.connect_failed",
        [
          "role": .id("\(role)"), "reason": .reason(reason), "setting": setting, "is_set": isSet,
          "retry_after": .span(wait),
        ]
      )
    case .lost(let role, let reason):
      log.warning("database.lost", ["role": .id("\(role)"), "reason": .reason(reason)])
    case .cancelled: log.debug("database.statement_cancelled")
    case .overloaded: log.debug("database.overloaded")
    }
  }

  /// A trouble that lasts is told now and then, not at each try.
  private func level(_ part: String, _ reason: String) -> LogLevel {
    repeats.isNews(part, reason, at: .now) ? .warning : .debug
  }

  // MARK: - Where to look

  private var setting: LogValue { .id(database?.setting ?? "") }

  private var isSet: LogValue { .flag(database?.isSet ?? false) }

  private func busSetting(_ service: String) -> LogValue {
    service == "nats"
      ? .word("CARILLON_BUS,CARILLON_NATS_CREDENTIALS_FILE") : .id("CARILLON_\(service.uppercased())_BUS")
  }
}
