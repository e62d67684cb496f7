import Loop
import SocketIO
import Telemetry

/// What the gateway reports: one log line and some counts each, nothing personal in either.
enum GatewayEvent: Sendable {
  case answered(method: String, route: String, status: Int, duration: Duration, trace: TraceContext)
  case socket(SocketIOEvent)
  /// A client of the counter sent more than anybody means to, and was cut off.
  case flooded
}

/// Turns events into metrics, by route and status class.
@LoopActor
final class GatewayMetrics {
  private let registry: MetricsRegistry
  private struct Kind: Hashable {
    let method: String
    let route: String
    let status: Int
  }

  private var requests: [Kind: Counter] = [:]
  private var durations: [String: Histogram] = [:]

  private let sockets: SocketMetrics

  init(_ registry: MetricsRegistry) {
    self.registry = registry
    sockets = SocketMetrics(registry)
  }

  func record(_ event: GatewayEvent) {
    switch event {
    case .answered(let method, let route, let status, let duration, _):
      requestCounter(method, route, status).add()
      histogram(route).observe(duration.inSeconds)
    case .socket(let event): sockets.record(event)
    case .flooded: sockets.floods.add()
    }
  }

  private func requestCounter(_ method: String, _ route: String, _ status: Int) -> Counter {
    let kind = Kind(method: method, route: route, status: status)
    if let known = requests[kind] { return known }
    let made = registry.counter(
      "carillon_http_requests_total",
      "Requests answered.",
      labels: ["method": method, "route": route, "status": String(status)]
    )
    requests[kind] = made
    return made
  }

  private func histogram(_ route: String) -> Histogram {
    if let known = durations[route] { return known }
    let made = registry.histogram(
      "carillon_http_request_seconds",
      "Time from the whole request to the answer.",
      labels: ["route": route]
    )
    durations[route] = made
    return made
  }
}

extension GatewayEvent {
  func log(_ logger: Logger, _ rule: GatewayConfiguration.AccessLog) {
    switch self {
    case .answered(let method, let route, let status, let duration, let trace):
      guard rule == .all || (rule == .errors && status >= 500) else { return }
      logger.log(
        status >= 500 ? .warning : .info,
        "answered",
        [
          "method": .id(method), "route": .reason(route), "status": .int(status), "seconds": .span(duration),
          "request": .id(trace.requestID),
        ]
      )
    case .flooded: logger.info("socket_flooded", [:])
    case .socket: break
    }
  }
}
