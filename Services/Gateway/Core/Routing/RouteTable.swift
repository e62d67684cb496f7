import HTTP

/// Finds the route of a method and path among all public routes.
struct RouteTable: Sendable {
  enum Match: Sendable {
    case found(Route, [String: String])
    /// The path is known; these methods are offered on it.
    case wrongMethod(allowed: [String], Surface)
    case unknown
  }

  private let tree: PathTree<Route>

  init(_ routes: [Route]) {
    tree = PathTree(routes.map { ($0.pattern, $0) }) { PercentCoding.decodePathSegment($0) }
  }

  /// Looks a raw path up; HEAD finds the GET route.
  func match(_ method: HTTPMethod, path: String) -> Match {
    guard let found = tree.find(path) else { return .unknown }
    let candidates = found.leaves.filter { !(found.endsInSlash && $0.exactSlash) }
    guard let first = candidates.first else { return .unknown }
    let wanted = method == .head ? .get : method
    if let route = candidates.first(where: { $0.method == wanted }) { return .found(route, found.parameters) }
    return .wrongMethod(allowed: RouteTable.allowed(candidates), first.surface)
  }

  private static func allowed(_ routes: [Route]) -> [String] {
    routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.name] }
  }
}
