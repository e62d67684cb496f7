/// Patterns such as `/courses/{courseId}` as a tree by segment; a fixed segment wins over one in braces.
///
/// A path is compared segment by segment after decoding, so an encoded slash stays inside its segment. An empty segment
/// matches nothing but the end.
struct PathTree<Leaf: Sendable>: Sendable {
  struct Found {
    let leaves: [Leaf]
    let parameters: [String: String]
    /// Whether the path had a slash behind its last segment.
    let endsInSlash: Bool
  }

  private final class Node: Sendable {
    let fixed: [String: Node]
    let parameter: (name: String, node: Node)?
    let leaves: [Leaf]

    init(_ entries: [(segments: ArraySlice<String>, leaf: Leaf)]) {
      leaves = entries.filter { $0.segments.isEmpty }.map(\.leaf)
      let deeper = entries.filter { !$0.segments.isEmpty }
      let named = deeper.filter { $0.segments.first!.hasPrefix("{") }
      let plain = deeper.filter { !$0.segments.first!.hasPrefix("{") }
      fixed = Dictionary(grouping: plain) { $0.segments.first! }
        .mapValues { group in Node(group.map { ($0.segments.dropFirst(), $0.leaf) }) }
      parameter = named.first.map { first in
        (String(first.segments.first!.dropFirst().dropLast()), Node(named.map { ($0.segments.dropFirst(), $0.leaf) }))
      }
    }
  }

  private let root: Node
  private let decode: @Sendable (Substring) -> String?

  /// `decode` undoes the escapes of one segment, or answers nil for one that is not decent.
  init(_ patterns: [(pattern: String, leaf: Leaf)], decode: @escaping @Sendable (Substring) -> String?) {
    root = Node(patterns.map { ($0.pattern.split(separator: "/").map(String.init)[...], $0.leaf) })
    self.decode = decode
  }

  func find(_ path: String) -> Found? {
    guard path.utf8.first == UInt8(ascii: "/") else { return nil }
    var segments = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let endsInSlash = segments.last?.isEmpty == true
    if endsInSlash { segments.removeLast() }
    var parameters: [String: String] = [:]
    guard let node = find(segments[...], from: root, &parameters) else { return nil }
    return Found(leaves: node.leaves, parameters: parameters, endsInSlash: endsInSlash)
  }

  private func find(
    _ segments: ArraySlice<Substring.UTF8View>,
    from node: Node,
    _ parameters: inout [String: String]
  ) -> Node? {
    guard let raw = segments.first else { return node.leaves.isEmpty ? nil : node }
    guard let segment = decode(Substring(raw)), !segment.isEmpty else { return nil }
    if let next = node.fixed[segment], let found = find(segments.dropFirst(), from: next, &parameters) { return found }
    guard let (name, next) = node.parameter else { return nil }
    parameters[name] = segment
    return find(segments.dropFirst(), from: next, &parameters)
  }
}
