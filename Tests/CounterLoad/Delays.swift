/// How long things took, counted in tenths of a millisecond up to ten seconds.
struct Delays {
  private var counts = [Int](repeating: 0, count: 100_000)
  private(set) var total = 0

  mutating func add(_ delay: Duration) {
    let tenths = Int(delay / .microseconds(100))
    counts[min(max(0, tenths), counts.count - 1)] += 1
    total += 1
  }

  /// Milliseconds that this part of all did not exceed.
  func quantile(_ part: Double) -> Double {
    var rest = Int((Double(total) * part).rounded(.up))
    for (tenths, count) in counts.enumerated() {
      rest -= count
      if rest <= 0 { return Double(tenths + 1) / 10 }
    }
    return 0
  }
}
