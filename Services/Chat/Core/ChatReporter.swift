import Postgres
import Telemetry
import Wire

/// Turns events into metrics and, where an operator should see them one by one, log lines.
struct ChatReporter: Sendable {
  private let log: Logger
  private let stored: Counter
  private let refused: Counter
  private let batches: Histogram
  private let pages: Counter
  private let read: Counter
  private let changes: Counters<ChatEvent.Change>
  private let limited: Counters<ChatEvent.Limit>
  private let directoryFailures: Counter
  private let failures: Counter

  init(_ log: Logger, _ metrics: MetricsRegistry) {
    self.log = log
    stored = metrics.counter("carillon_chat_messages_stored_total", "Messages committed.")
    refused = metrics.counter("carillon_chat_messages_refused_total", "Messages to rooms closed to their sender.")
    batches = metrics.histogram(
      "carillon_chat_write_batch_messages",
      "Messages that went to the database together.",
      bounds: Histogram.sizes
    )
    pages = metrics.counter("carillon_chat_history_reads_total", "Pages of history answered.")
    read = metrics.counter("carillon_chat_messages_read_total", "Messages in those pages.")
    changes = metrics.counters(
      "carillon_chat_room_changes_total",
      "What happened to rooms and memberships.",
      label: "change",
      by: ChatEvent.Change.self
    )
    limited = metrics.counters(
      "carillon_chat_rate_limited_total",
      "Requests refused for coming too fast.",
      label: "limit",
      by: ChatEvent.Limit.self
    )
    directoryFailures = metrics.counter(
      "carillon_chat_directory_failures_total",
      "Times that auth could not be asked for names."
    )
    failures = metrics.counter("carillon_chat_failed_requests_total", "Requests that failed with the database.")
  }

  func report(_ event: ChatEvent) {
    switch event {
    case .stored(let messages, let turnedAway):
      stored.add(messages)
      refused.add(turnedAway)
      batches.observe(Double(messages + turnedAway))
    case .read(let messages):
      pages.add()
      read.add(messages)
    case .changed(let change): changes[change].add()
    case .limited(let limit): limited[limit].add()
    case .directoryAway(let word):
      directoryFailures.add()
      log.debug("directory_away", ["word": .id(word.rawValue)])
    case .databaseFailed(let error, let requests):
      failures.add(requests)
      log.warning("database_failed", ["error": .reason(error.description), "requests": .int(requests)])
    }
  }
}
