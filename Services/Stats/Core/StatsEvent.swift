import Postgres
import Telemetry

/// Everything the service has to tell about its work; what a user studied is not among it.
enum StatsEvent {
  /// A batch was committed: the requests it answered, the rows it wrote for them, the sessions a course had no room for.
  case wrote(requests: Int, rows: Int, refused: Int)
  case read(Reading, batch: Int)
  case erased(sessions: Int)
  /// A statement failed, and with it these requests.
  case databaseFailed(PostgresError, requests: Int)

  enum Reading: String, CaseIterable, Sendable { case session, course, list, export }
}

/// Turns events into metrics and, where an operator should see them one by one, log lines.
struct StatsReporter: Sendable {
  private let log: Logger
  private let writeBatches: Histogram
  private let rows: Counter
  private let refused: Counter
  private let reads: Counters<StatsEvent.Reading>
  private let readBatches: Histogram
  private let erased: Counter
  private let failures: Counter

  init(_ log: Logger, _ metrics: MetricsRegistry) {
    self.log = log
    writeBatches = metrics.histogram(
      "carillon_stats_write_batch_requests",
      "Store requests answered by one statement.",
      bounds: Histogram.sizes
    )
    rows = metrics.counter("carillon_stats_rows_written_total", "Rows sent to be written.")
    refused = metrics.counter(
      "carillon_stats_sessions_refused_total",
      "New sessions that a full course had no room for."
    )
    reads = metrics.counters(
      "carillon_stats_reads_total",
      "Reads answered.",
      label: "kind",
      by: StatsEvent.Reading.self
    )
    readBatches = metrics.histogram(
      "carillon_stats_read_batch_requests",
      "Reads answered by one statement.",
      bounds: Histogram.sizes
    )
    erased = metrics.counter("carillon_stats_sessions_erased_total", "Sessions removed at their user's wish.")
    failures = metrics.counter("carillon_stats_failed_requests_total", "Requests that failed with the database.")
  }

  func report(_ event: StatsEvent) {
    switch event {
    case .wrote(let requests, let written, let surplus):
      writeBatches.observe(Double(requests))
      rows.add(written)
      refused.add(surplus)
    case .read(let kind, let batch):
      reads[kind].add(batch)
      readBatches.observe(Double(batch))
    case .erased(let sessions):
      erased.add(sessions)
      log.info("stats.erased", ["sessions": .int(sessions)])
    case .databaseFailed(let error, let requests):
      failures.add(requests)
      log.warning("stats.database_failed", ["error": .reason(error.description), "requests": .int(requests)])
    }
  }
}
