import HTTP
import JSON
import Loop
import Security
import SocketIO
import Telemetry
import Wire

/// The way of every public request: route, identity, limits, body, service, answer.
///
/// The first step that refuses ends it, in the words of the route's surface.
@LoopActor
final class Gateway {
  private let table: RouteTable
  private let services: Services
  private let header: IdentityHeader
  private let crossOrigin: CrossOrigin
  private let limits: Limits
  private let socketServers: [SocketIOServer]
  private let report: @LoopActor (GatewayEvent) -> Void

  init(
    _ configuration: GatewayConfiguration,
    routes: [Route],
    services: Services,
    report: @escaping @LoopActor (GatewayEvent) -> Void
  ) {
    table = RouteTable(routes)
    self.services = services
    header = IdentityHeader(trusted: configuration.trustsIdentityHeaders, anyText: configuration.acceptsAnyUserText)
    crossOrigin = CrossOrigin(allowed: configuration.origins)
    limits = Limits(configuration.limits)
    socketServers = [services.liveRoom.server, services.appSockets.server]
    self.report = report
  }

  /// What admission found out about a request, so that nobody looks it up again.
  private final class Finding: Sendable {
    enum Target: Sendable {
      case sockets(SocketIOServer)
      case preflight(HTTPResponse)
      case route(RouteTable.Match)
    }

    let target: Target
    init(_ target: Target) { self.target = target }
  }

  private func finding(_ head: HTTPRequestHead) -> Finding {
    if let sockets = sockets(at: head.path) { return Finding(.sockets(sockets)) }
    if let preflight = crossOrigin.preflight(head) { return Finding(.preflight(preflight)) }
    return Finding(.route(match(head)))
  }

  private func match(_ head: HTTPRequestHead) -> RouteTable.Match { table.match(head.method, path: head.path) }

  private func sockets(at path: String) -> SocketIOServer? { socketServers.first { $0.serves(path: path) } }

  // MARK: - Before the body

  /// Decides from the head alone whether the body is worth reading, so that a stranger cannot make us read it.
  func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
    let finding = finding(head)
    switch finding.target {
    case .sockets(let server): return server.admit(head, finding: finding)
    case .preflight: return .accept(maximumBody: 0, finding: finding)
    case .route(.found(let route, _)) where route.access == .session && !mayHaveIdentity(head):
      return .refuse(finish(route.surface.dialect.response(Failure(.unauthenticated)), head, route))
    case .route(.found(let route, _)): return .accept(maximumBody: route.maximumBody, finding: finding)
    case .route(.wrongMethod(let allowed, let surface)): return .refuse(finish(wrongMethod(allowed, surface), head))
    case .route(.unknown): return .refuse(finish(notFound(head.path), head))
    }
  }

  private func mayHaveIdentity(_ head: HTTPRequestHead) -> Bool {
    header.trusted || head.headers.first("authorization") != nil || Authenticator.hasCookie(head.headers)
  }

  /// What the server itself had to refuse (too large, too slow, no HTTP), in the dialect of the path where it is known.
  func refusal(_ reason: HTTPRefusal, _ head: HTTPRequestHead?) -> HTTPResponse {
    guard let head else { return words(for: reason, .chat) }
    if case .bodyTooLarge = reason, sockets(at: head.path) != nil { return HTTPResponse(status: 413) }
    return finish(words(for: reason, surface(of: head).dialect), head)
  }

  private func words(for reason: HTTPRefusal, _ dialect: Dialect) -> HTTPResponse {
    switch reason {
    case .bodyTooLarge: return dialect.response(Failure(.invalid, field: "body", reason: "too_large"))
    case .malformed: return dialect.response(reason.status, "malformed request")
    case .timeout: return dialect.response(reason.status, "request took too long")
    case .targetTooLong: return dialect.response(reason.status, "target too long")
    case .headersTooLarge: return dialect.response(reason.status, "headers too large")
    case .overloaded: return dialect.response(reason.status, "too many connections")
    }
  }

  private func surface(of head: HTTPRequestHead) -> Surface {
    switch match(head) {
    case .found(let route, _): route.surface
    case .wrongMethod(_, let surface): surface
    case .unknown: Surface.of(path: head.path)
    }
  }

  // MARK: - The request

  func respond(to request: HTTPRequest) async -> HTTPResponse {
    let target = (request.finding as? Finding ?? finding(request.head)).target
    let started = ContinuousClock.now
    let trace = TraceContext(continuing: request.headers.first("traceparent"))
    var route: Route?
    let response: HTTPResponse
    switch target {
    case .sockets(let server): return await server.handle(request)
    case .preflight(let answer): response = answer
    case .route(.unknown): response = notFound(request.path)
    case .route(.wrongMethod(let allowed, let surface)): response = wrongMethod(allowed, surface)
    case .route(.found(let found, let parameters)):
      route = found
      response = await answer(request, found, parameters, trace)
    }
    return finish(response, request.head, route, trace, took: .now - started)
  }

  /// The last step of every answer, of those too that were given on sight of the head.
  private func finish(_ response: HTTPResponse, _ head: HTTPRequestHead, _ route: Route? = nil) -> HTTPResponse {
    finish(response, head, route, TraceContext(continuing: head.headers.first("traceparent")), took: .zero)
  }

  private func finish(
    _ response: HTTPResponse,
    _ head: HTTPRequestHead,
    _ route: Route?,
    _ trace: TraceContext,
    took duration: Duration
  ) -> HTTPResponse {
    var finished = crossOrigin.apply(to: response, origin: head.headers.first("origin"))
    finished.nameJSON(as: (route?.surface ?? Surface.of(path: head.path)).jsonType)
    finished.headers.append(("X-Request-Id", trace.requestID))
    report(
      .answered(
        method: head.method.name,
        route: route?.pattern ?? "unknown",
        status: response.status,
        duration: duration,
        trace: trace
      )
    )
    return finished
  }

  private func notFound(_ path: String) -> HTTPResponse {
    let surface = Surface.of(path: path)
    return surface.dialect.response(404, surface.hasChatWords ? "Not found" : "not found")
  }

  private func wrongMethod(_ allowed: [String], _ surface: Surface) -> HTTPResponse {
    var response = surface.dialect.response(405, surface.hasChatWords ? "Method not allowed" : "method not allowed")
    response.headers.append(("Allow", allowed.joined(separator: ", ")))
    return response
  }

  private func answer(
    _ request: HTTPRequest,
    _ route: Route,
    _ parameters: PathParameters,
    _ trace: TraceContext
  ) async -> HTTPResponse {
    let exchange = Exchange(request: request, parameters: parameters, services: services, trace: trace)
    do throws(Failure) {
      try await identify(exchange, route)
      return try await route.handle(exchange)
    } catch {
      return route.surface.dialect.response(error)
    }
  }

  /// Proves the session, then the body, then the identity header, in the order of stats.md 2.5.
  private func identify(_ exchange: Exchange, _ route: Route) async throws(Failure) {
    if route.access != .open, let token = Authenticator.token(of: exchange.request) {
      let key = Authenticator.key(of: token)
      do throws(Failure) {
        // Known is the rule: then nothing waits here.
        exchange.identity = services.authenticator.known(key)
        if exchange.identity == nil {
          exchange.identity = try await services.authenticator.identity(token: token, key)
        }
        exchange.tokenKey = key
      } catch {
        if route.access == .session || error.word != .unauthenticated { throw refusal(error, token, exchange, route) }
      }
    }
    if route.surface != .stats { try await declare(exchange, route) }
    if case .json(let emptyIsObject, let typeChecked) = route.body {
      exchange.body = try BodyReader.object(exchange.request, emptyIsObject: emptyIsObject, typeChecked: typeChecked)
    }
    if route.surface == .stats { try await declare(exchange, route) }
    try limits.take(route, exchange, at: .now)
  }

  /// Whose good token has no account yet is known all the same: on a path of somebody else's no sign-in would help them.
  private func refusal(_ error: Failure, _ token: String, _ exchange: Exchange, _ route: Route) -> Failure {
    guard error.reason == Auth.Reason.noAccount.rawValue, route.pattern.hasPrefix("/user/{id}/"),
      exchange.parameter("id").lowercased() != JWT(parsing: token)?.claims["email"]?.string?.lowercased()
    else { return error }
    return Failure(.forbidden)
  }

  private func declare(_ exchange: Exchange, _ route: Route) async throws(Failure) {
    guard route.access == .session else { return }
    let declared = try header.user(of: exchange.request, surface: route.surface, session: exchange.identity)
    guard let declared else { throw Failure(.unauthenticated) }
    let isBare = declared.session == nil
    exchange.identity =
      isBare && route.surface == .chat ? try await services.authenticator.account(declared.user) : declared
  }
}
