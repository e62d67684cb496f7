import HTTP

/// Finds the route of a method and path among all public routes.
struct RouteTable: Sendable {
  enum Match: Sendable {
    case found(Route, PathParameters)
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
    let wanted = method == .head ? .get : method
    let isOffered = { (route: Route) in !(found.endsInSlash && route.exactSlash) }
    if let route = found.leaves.first(where: { $0.method == wanted && isOffered($0) }) {
      return .found(route, found.parameters)
    }
    let others = found.leaves.filter(isOffered)
    guard let first = others.first else { return .unknown }
    return .wrongMethod(allowed: RouteTable.allowed(others), first.surface)
  }

  private static func allowed(_ routes: [Route]) -> [String] {
    routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.name] }
  }
}
