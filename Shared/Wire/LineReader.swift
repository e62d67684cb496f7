import JSON

/// Cuts a stream of bytes into lines, however the pieces arrive.
public struct LineReader: Sendable {
  public struct TooLong: Error {}

  private var pending: [UInt8] = []
  private let limit: Int

  /// A line longer than `limit` bytes is an error, because its sender would make us keep all of it.
  public init(limit: Int = 1 << 20) { self.limit = limit }

  /// Takes a piece and gives the lines that became whole, in order and without their newlines.
  public mutating func take(_ piece: [UInt8]) throws(TooLong) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    while let end = piece.newline(from: start) {
      if pending.isEmpty {
        lines.append(Array(piece[start..<end]))
      } else {
        lines.append(pending + piece[start..<end])
        pending = []
      }
      start = end + 1
    }
    pending.append(contentsOf: piece[start...])
    if pending.count > limit || lines.contains(where: { $0.count > limit }) { throw TooLong() }
    return lines
  }
}
