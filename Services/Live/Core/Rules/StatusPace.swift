/// How often everybody is told how many are online: at each change while few are, else not before all those messages
/// have had their time, so that a storm of reconnects does not cost its square.
struct StatusPace {
  /// The time one listener's message is worth.
  private static let share = Duration.microseconds(50)
  private static let unnoticed = Duration.milliseconds(5)

  private var next: Instant?
  /// When a change that was not told yet is to be told.
  private(set) var due: Instant?

  /// Notes a change; whether everybody may be told now.
  mutating func change(_ count: Int, at now: Instant) -> Bool {
    if let next, now < next {
      due = next
      return false
    }
    due = nil
    let pace = StatusPace.share * count
    next = pace < StatusPace.unnoticed ? nil : now + pace
    return true
  }

  /// Whether a change waits that may be told now; then it counts as told.
  mutating func isDue(at now: Instant) -> Bool {
    guard let due, due <= now else { return false }
    self.due = nil
    return true
  }
}
