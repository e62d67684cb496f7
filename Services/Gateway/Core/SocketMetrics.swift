import SocketIO
import Telemetry

/// Counts of what happens to Socket.IO sessions.
struct SocketMetrics {
  private let begun: Counter
  private let upgraded: Counter
  private let ended: Counter
  private let refused: Counter
  private let broken: Counter
  let floods: Counter

  init(_ registry: MetricsRegistry) {
    begun = registry.counter("carillon_sockets_begun_total", "Socket.IO sessions begun.")
    upgraded = registry.counter("carillon_sockets_upgraded_total", "Sessions that went from polling to WebSocket.")
    ended = registry.counter("carillon_sockets_ended_total", "Sessions ended, for whatever reason.")
    refused = registry.counter("carillon_sockets_refused_total", "Socket requests refused.")
    broken = registry.counter("carillon_sockets_broken_total", "Messages of clients that were no packets.")
    floods = registry.counter("carillon_sockets_flooded_total", "Clients cut off for sending far too much.")
  }

  func record(_ event: SocketIOEvent) {
    switch event {
    case .sessionBegan: begun.add()
    case .sessionUpgraded: upgraded.add()
    case .sessionEnded: ended.add()
    case .refused: refused.add()
    case .parseFailed: broken.add()
    }
  }
}
