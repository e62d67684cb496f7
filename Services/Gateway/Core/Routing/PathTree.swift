/// Patterns such as `/courses/{courseId}` as a tree by segment; a fixed segment wins over one in braces.
///
/// A path is compared segment by segment after decoding, so an encoded slash stays inside its segment. An empty segment
/// matches nothing but the end. Each request walks it twice, so the usual path, which has no escapes, is compared where
/// it lies.
struct PathTree<Leaf: Sendable>: Sendable {
  struct Found {
    let leaves: [Leaf]
    let parameters: PathParameters
    /// Whether the path had a slash behind its last segment.
    let endsInSlash: Bool
  }

  private final class Node: Sendable {
    let fixed: [(name: String, node: Node)]
    let parameter: (name: String, node: Node)?
    let leaves: [Leaf]

    init(_ entries: [(segments: ArraySlice<String>, leaf: Leaf)]) {
      leaves = entries.filter { $0.segments.isEmpty }.map(\.leaf)
      let deeper = entries.filter { !$0.segments.isEmpty }
      let named = deeper.filter { $0.segments.first!.hasPrefix("{") }
      let plain = deeper.filter { !$0.segments.first!.hasPrefix("{") }
      fixed = Dictionary(grouping: plain) { $0.segments.first! }
        .map { ($0, Node($1.map { ($0.segments.dropFirst(), $0.leaf) })) }
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
    guard path.utf8.first == PathSegment.slash else { return nil }
    var parameters = PathParameters()
    guard let node = find(path, from: 1, at: root, &parameters) else { return nil }
    return Found(leaves: node.leaves, parameters: parameters, endsInSlash: path.utf8.last == PathSegment.slash)
  }

  private func find(_ path: String, from start: Int, at node: Node, _ parameters: inout PathParameters) -> Node? {
    guard start < path.utf8.count else { return node.leaves.isEmpty ? nil : node }
    guard let segment = PathSegment(of: path, from: start, decode) else { return nil }
    if let next = node.fixed.first(where: { segment.equals($0.name, in: path) })?.node,
      let found = find(path, from: segment.end + 1, at: next, &parameters)
    {
      return found
    }
    guard let (name, next) = node.parameter, let found = find(path, from: segment.end + 1, at: next, &parameters) else {
      return nil
    }
    parameters.append(name, segment.text(in: path))
    return found
  }
}

/// What stood in the place of each `{name}` of a pattern, decoded and never empty.
struct PathParameters: Sendable {
  private(set) var pairs: [(name: String, value: String)] = []

  subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  fileprivate mutating func append(_ name: String, _ value: String) { pairs.append((name, value)) }
}

/// One segment of a path: its bytes where they lie, and its text where it had escapes.
private struct PathSegment {
  static let slash = UInt8(ascii: "/")

  private let start: Int
  let end: Int
  private var decoded: String?

  /// Nil for a segment that is empty or whose escapes are not decent.
  init?(of path: String, from start: Int, _ decode: (Substring) -> String?) {
    let bytes = path.utf8.span
    var end = start
    var isPlain = true
    while end < bytes.count, bytes[end] != PathSegment.slash {
      if bytes[end] == UInt8(ascii: "%") || bytes[end] == 0 { isPlain = false }
      end += 1
    }
    guard end > start else { return nil }
    (self.start, self.end) = (start, end)
    if isPlain { return }
    guard let text = decode(path[raw(path)]), !text.isEmpty else { return nil }
    decoded = text
  }

  private func raw(_ path: String) -> Range<String.Index> {
    let bytes = path.utf8
    let first = bytes.index(bytes.startIndex, offsetBy: start)
    return first..<bytes.index(first, offsetBy: end - start)
  }

  func text(in path: String) -> String { decoded ?? String(path[raw(path)]) }

  func equals(_ name: String, in path: String) -> Bool {
    if let decoded { return decoded == name }
    let (name, bytes) = (name.utf8.span, path.utf8.span)
    guard name.count == end - start else { return false }
    for offset in 0..<name.count where name[offset] != bytes[start + offset] { return false }
    return true
  }
}
