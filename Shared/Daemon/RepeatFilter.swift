/// Decides which of the troubles that come again and again are told: each when it is new, then once a minute while it lasts.
struct RepeatFilter {
  private static let interval = Duration.seconds(60)
  /// More than a suite has; past it all is new again, so that strangers' addresses cannot fill the memory.
  private static let limit = 256

  private struct Trouble: Hashable {
    let part: String
    let reason: String
  }

  private var told: [Trouble: ContinuousClock.Instant] = [:]

  /// Whether to tell it now; what differs in its part or its reason is another trouble.
  mutating func isNews(_ part: String, _ reason: String, at now: ContinuousClock.Instant) -> Bool {
    let trouble = Trouble(part: part, reason: reason)
    if let last = told[trouble], now - last < RepeatFilter.interval { return false }
    if told.count >= RepeatFilter.limit { told = [:] }
    told[trouble] = now
    return true
  }

  /// All is well with the part: whatever comes next is news.
  mutating func ended(_ part: String) { told = told.filter { $0.key.part != part } }
}
