/// Answers that are larger than a message of NATS may be: their parts come in order, the last one where a whole answer
/// would have come.
struct ReplyParts {
  private var pieces: [Int: [UInt8]] = [:]
  private let limit: Int

  /// An answer of more than `limit` bytes is given up.
  init(limit: Int) { self.limit = limit }

  mutating func add(_ bytes: [UInt8], to id: Int) {
    guard pieces[id, default: []].count <= limit else { return }
    pieces[id, default: []] += bytes
  }

  /// The whole answer; nil when it was too large.
  mutating func complete(_ id: Int, with bytes: [UInt8]) -> [UInt8]? {
    guard !pieces.isEmpty, let before = pieces.removeValue(forKey: id) else { return bytes }
    return before.count > limit ? nil : before + bytes
  }

  mutating func forget(_ id: Int) {
    if !pieces.isEmpty { pieces[id] = nil }
  }

  mutating func clear() { pieces = [:] }

  /// Cuts an answer; all but the last are parts.
  static func cut(_ bytes: [UInt8], into size: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: max(bytes.count, 1), by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
  }
}
