public import Loop
public import Telemetry
import Wire

/// Turns what relays tell into metrics and log lines; one of them serves all relays of a daemon.
@LoopActor
public final class OutboxReporter {
  private let log: Logger
  private let accepted: Counter
  private let retried: Counter
  private let refused: Counter

  public init(_ log: Logger, _ metrics: MetricsRegistry) {
    self.log = log
    accepted = metrics.counter("carillon_outbox_accepted_total", "Calls left for other services and taken on by them.")
    retried = metrics.counter("carillon_outbox_retries_total", "Tries at that which found the other service away.")
    refused = metrics.counter("carillon_outbox_refusals_total", "Tries at that which the other service refused.")
  }

  public func report(_ event: OutboxEvent) {
    switch event {
    case .accepted: accepted.add()
    case .retrying(let entry, let failure, let rest):
      retried.add()
      log.debug("relay.retrying", ["call": .id(entry.call), "word": .id(failure.word.rawValue), "rest": .span(rest)])
    case .refused(let entry, let failure, let rest):
      refused.add()
      log.error("relay.refused", ["call": .id(entry.call), "word": .id(failure.word.rawValue), "rest": .span(rest)])
    case .databaseFailed(let error): log.warning("relay.database_failed", ["reason": .reason("\(error)")])
    }
  }
}
