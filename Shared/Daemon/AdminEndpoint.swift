import HTTP
import Loop
import Settings
import Telemetry

/// Serves health and metrics on the admin port, from the first moment of the daemon to its last.
@LoopActor
final class AdminEndpoint {
  private let server: HTTPServer

  /// `reasons` tells, at each probe, why the daemon is not ready.
  init(
    on endpoint: Endpoint,
    service: ServiceName,
    _ metrics: MetricsRegistry,
    reasons: @escaping @LoopActor () -> [String]
  ) {
    let answer: @LoopActor (HTTPRequestHead) -> HTTPResponse = { head in
      let answer = AdminRoutes.answer(
        method: head.method.name,
        path: head.path,
        service: service.rawValue,
        reasons: reasons,
        metrics: { (MetricsRegistry.expositionType, metrics.exposition()) }
      )
      return HTTPResponse(answer)
    }
    server = HTTPServer(
      configuration: AdminEndpoint.configuration(endpoint),
      admit: { .refuse(answer($0)) },
      refusal: { refusal, _ in HTTPResponse(status: refusal.status) },
      handle: { answer($0.head) }
    )
  }

  /// Throws what the system said, such as "address already in use".
  func start() throws { _ = try server.start() }

  /// No probe sends a body, and few connections are needed.
  private static func configuration(_ endpoint: Endpoint) -> HTTPServerConfiguration {
    var configuration = HTTPServerConfiguration()
    configuration.host = endpoint.host
    configuration.port = endpoint.port
    configuration.connectionLimit = 64
    configuration.maximumBodyBytes = 0
    return configuration
  }
}

extension HTTPResponse {
  fileprivate init(_ answer: AdminAnswer) {
    self.init(
      status: answer.status,
      headers: [("Content-Type", answer.type), ("Cache-Control", "no-store")],
      body: Array(answer.body.utf8)
    )
    if let allow = answer.allow { headers.append(("Allow", allow)) }
  }
}
