/// Patterns such as `/courses/{courseId}` as a tree by segment; a fixed segment wins over one in braces.
///
/// A path is compared segment by segment after decoding, so an encoded slash stays inside its segment. An empty segment
/// matches nothing but the end.
struct PathTree<Leaf: Sendable>: Sendable {
  struct Found {
    let leaves: [Leaf]
    let parameters: PathParameters
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
        .mapValues { Node($0.map { ($0.segments.dropFirst(), $0.leaf) }) }
      parameter = named.first.map { first in
        (String(first.segments.first!.dropFirst().dropLast()), Node(named.map { ($0.segments.dropFirst(), $0.leaf) }))
      }
    }
  }

  private let root: Node
  private let decode: @Sendable (Substring) -> String?

  /// `decode` undoes the escapes of one segment, or answers nil for one that is not decent. That stands for itself: it is the
  /// name of nothing, which whoever reads the parameter says in its own words.
  init(_ patterns: [(pattern: String, leaf: Leaf)], decode: @escaping @Sendable (Substring) -> String?) {
    root = Node(patterns.map { ($0.pattern.split(separator: "/").map(String.init)[...], $0.leaf) })
    self.decode = decode
  }

  func find(_ path: String) -> Found? {
    let bytes = Array(path.utf8)
    guard bytes.first == slash else { return nil }
    var parameters = PathParameters()
    guard let node = find(bytes, from: 1, at: root, &parameters) else { return nil }
    return Found(leaves: node.leaves, parameters: parameters, endsInSlash: bytes.last == slash)
  }

  private func find(_ path: [UInt8], from start: Int, at node: Node, _ parameters: inout PathParameters) -> Node? {
    guard start < path.count else { return node.leaves.isEmpty ? nil : node }
    let end = path[start...].firstIndex(of: slash) ?? path.count
    guard let text = text(path[start..<end]) else { return nil }
    if let next = node.fixed[text], let found = find(path, from: end + 1, at: next, &parameters) { return found }
    guard let (name, next) = node.parameter, let found = find(path, from: end + 1, at: next, &parameters) else {
      return nil
    }
    parameters.append(name, text)
    return found
  }

  /// Nil for a segment that is empty or holds a NUL.
  private func text(_ segment: ArraySlice<UInt8>) -> String? {
    let raw = String(decoding: segment, as: UTF8.self)
    guard !raw.isEmpty, !segment.contains(0) else { return nil }
    guard segment.contains(UInt8(ascii: "%")) else { return raw }
    return decode(raw[...]) ?? raw
  }
}

private let slash = UInt8(ascii: "/")

/// What stood in the place of each `{name}` of a pattern, decoded and never empty.
struct PathParameters: Sendable {
  private(set) var pairs: [(name: String, value: String)] = []

  subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  fileprivate mutating func append(_ name: String, _ value: String) { pairs.append((name, value)) }
}
