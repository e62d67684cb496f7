import Loop
import Telemetry

/// Turns what the feeds report into metrics.
@LoopActor
final class ListenMetrics {
  private let listeners: Gauge
  private let joined: Counter
  private let ended: Counters<Listener.End>
  private let delivered: Counter

  init(_ metrics: MetricsRegistry) {
    listeners = metrics.gauge("carillon_chat_listeners", "Live connections that listen to a room.")
    joined = metrics.counter("carillon_chat_listeners_total", "Live connections that began to listen.")
    ended = metrics.counters(
      "carillon_chat_listeners_ended_total",
      "Live connections that ended.",
      label: "reason",
      by: Listener.End.self
    )
    delivered = metrics.counter("carillon_chat_deliveries_total", "Messages by listeners of their rooms.")
  }

  func record(_ event: ListenEvent) {
    switch event {
    case .joined:
      listeners.add()
      joined.add()
    case .ended(let reason):
      listeners.subtract()
      ended[reason].add()
    case .delivered(let lines): delivered.add(lines)
    }
  }
}
