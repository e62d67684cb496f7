import HTTP

/// Finds the route of a method and path.
///
/// Patterns form a tree by segment; a fixed segment wins over one in braces. The path is compared segment by segment
/// after decoding, so an encoded slash stays inside its segment.
struct RouteTable: Sendable {
  enum Match: Sendable {
    case found(Route, [String: String])
    /// The path is known; these methods are offered on it.
    case wrongMethod(allowed: [String], Surface)
    case unknown
  }

  private final class Node: Sendable {
    let fixed: [String: Node]
    let parameter: (name: String, node: Node)?
    let routes: [Route]

    init(_ entries: [(segments: ArraySlice<String>, route: Route)]) {
      routes = entries.filter { $0.segments.isEmpty }.map(\.route)
      let deeper = entries.filter { !$0.segments.isEmpty }
      let named = deeper.filter { $0.segments.first!.hasPrefix("{") }
      let plain = deeper.filter { !$0.segments.first!.hasPrefix("{") }
      fixed = Dictionary(grouping: plain) { $0.segments.first! }
        .mapValues { group in Node(group.map { ($0.segments.dropFirst(), $0.route) }) }
      parameter = named.first.map { first in
        (String(first.segments.first!.dropFirst().dropLast()), Node(named.map { ($0.segments.dropFirst(), $0.route) }))
      }
    }
  }

  let routes: [Route]
  private let root: Node

  init(_ routes: [Route]) {
    self.routes = routes
    root = Node(routes.map { ($0.pattern.split(separator: "/").map(String.init)[...], $0) })
  }

  /// Looks a raw path up; HEAD finds the GET route.
  func match(_ method: HTTPMethod, path: String) -> Match {
    guard path.utf8.first == UInt8(ascii: "/") else { return .unknown }
    var segments = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let slash = segments.last?.isEmpty == true
    if slash { segments.removeLast() }
    var parameters: [String: String] = [:]
    guard let node = find(segments[...], from: root, &parameters) else { return .unknown }
    let candidates = node.routes.filter { !(slash && $0.exactSlash) }
    guard let first = candidates.first else { return .unknown }
    let wanted = method == .head ? .get : method
    if let route = candidates.first(where: { $0.method == wanted }) { return .found(route, parameters) }
    return .wrongMethod(allowed: RouteTable.allowed(candidates), first.surface)
  }

  private func find(
    _ segments: ArraySlice<Substring.UTF8View>,
    from node: Node,
    _ parameters: inout [String: String]
  ) -> Node? {
    guard let raw = segments.first else { return node.routes.isEmpty ? nil : node }
    guard let segment = PercentCoding.decodePathSegment(Substring(raw)), !segment.isEmpty else { return nil }
    if let next = node.fixed[segment], let found = find(segments.dropFirst(), from: next, &parameters) { return found }
    guard let (name, next) = node.parameter else { return nil }
    parameters[name] = segment
    return find(segments.dropFirst(), from: next, &parameters)
  }

  private static func allowed(_ routes: [Route]) -> [String] {
    routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.name] }
  }
}
