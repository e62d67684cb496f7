import Postgres
import Telemetry
import Wire

/// Everything the service has to tell about its work; names, comments and addresses are not among it.
enum LiveEvent {
  /// A round is through: its acts, and the deeds that were stored in it.
  case round(acts: Int, stored: Int)
  case refused(Live.Refusal)
  case attached(seats: Int)
  /// Connections of gateways that fell silent.
  case expired(seats: Int)
  case hourChanged
  case standingBy
  case leads(term: Int)
  /// Another copy leads.
  case deposed
  case removed(rows: Int)
  /// A statement failed, and with it these acts or requests.
  case databaseFailed(PostgresError, requests: Int)
}

/// Turns events into metrics and, where an operator should see them one by one, log lines.
struct LiveReporter: Sendable {
  private let log: Logger
  private let acts: Counter
  private let stored: Counter
  private let rounds: Histogram
  private let refusals: Counters<Live.Refusal>
  private let expired: Counter
  private let removed: Counter
  private let failures: Counter

  init(_ log: Logger, _ metrics: MetricsRegistry) {
    self.log = log
    acts = metrics.counter("carillon_live_acts_total", "What happened on connections.")
    stored = metrics.counter("carillon_live_stored_total", "Clicks and events committed.")
    rounds = metrics.histogram(
      "carillon_live_round_deeds",
      "Clicks and events committed together.",
      bounds: Histogram.sizes
    )
    refusals = metrics.counters(
      "carillon_live_refused_total",
      "Acts that did not count.",
      label: "reason",
      by: Live.Refusal.self
    )
    expired = metrics.counter("carillon_live_expired_connections_total", "Connections of gateways that fell silent.")
    removed = metrics.counter("carillon_live_removed_rows_total", "Clicks and events removed for their age.")
    failures = metrics.counter("carillon_live_failed_requests_total", "Requests that failed with the database.")
  }

  func report(_ event: LiveEvent) {
    switch event {
    case .round(let count, let deeds):
      acts.add(count)
      stored.add(deeds)
      if deeds > 0 { rounds.observe(Double(deeds)) }
    case .refused(let refusal): refusals[refusal].add()
    case .attached(let seats): log.info("live.attached", ["connections": .int(seats)])
    case .expired(let seats):
      expired.add(seats)
      log.warning("live.gateway_silent", ["connections": .int(seats)])
    case .hourChanged: log.debug("live.hour_changed", [:])
    case .standingBy: log.info("live.standing_by", [:])
    case .leads(let term): log.info("live.leads", ["term": .int(term)])
    case .deposed: log.warning("live.deposed", [:])
    case .removed(let rows):
      removed.add(rows)
      log.info("live.removed", ["rows": .int(rows)])
    case .databaseFailed(let error, let requests):
      failures.add(requests)
      log.warning("live.database_failed", ["error": .reason(error.description), "requests": .int(requests)])
    }
  }
}
