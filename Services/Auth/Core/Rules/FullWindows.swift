import Time

/// Windows that were full when the database was last asked: a storm of tries that are refused anyway costs it next to
/// nothing.
///
/// A full window stays full until its deciding moment has left it, so what is remembered is true; yet not for long, since
/// an operator may have emptied the table.
struct FullWindows: Sendable {
  static let trust = Duration.seconds(5)

  private struct Known: Sendable {
    let end: Timestamp
    let asked: Timestamp
  }

  /// Beyond that many windows all are forgotten, which costs one look each.
  private let capacity: Int
  private var known: [[UInt8]: Known] = [:]

  init(capacity: Int = 10_000) { self.capacity = capacity }

  var count: Int { known.count }

  /// The longest wait that is known of any of the windows; nil when the database must be asked.
  func wait(for windows: [TryWindow], at now: Timestamp) -> Duration? {
    guard !known.isEmpty else { return nil }
    return windows.compactMap { wait(for: $0.key, at: now) }.max()
  }

  private func wait(for key: [UInt8], at now: Timestamp) -> Duration? {
    guard let one = known[key], one.asked <= now, now < min(one.end, one.asked + FullWindows.trust) else { return nil }
    return one.end - now
  }

  mutating func note(_ window: TryWindow, waiting wait: Duration, at now: Timestamp) {
    if known[window.key] == nil, known.count >= capacity { known = [:] }
    known[window.key] = Known(end: now + wait, asked: now)
  }
}
