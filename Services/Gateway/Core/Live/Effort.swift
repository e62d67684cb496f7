/// How much time goes into answers that are made sooner than their age asks for: for each a tenth of it in the long run.
///
/// Pure: what an answer took is put in afterwards, and while too much has gone into it lately, it is not to be hurried. One
/// that takes long does not make the others wait.
struct Effort {
  private static let share = 10
  /// A second of work may go in at once, so that who asks now and then is never made to wait for news.
  private static let burst = Duration.seconds(10)
  /// Answers to watch at a time; of more than these none is hurried.
  private static let capacity = 64

  private var restedAt: [String: ContinuousClock.Instant] = [:]

  mutating func spend(_ duration: Duration, on key: String, at now: ContinuousClock.Instant) {
    if restedAt.count >= Effort.capacity { restedAt = restedAt.filter { $0.value > now } }
    guard restedAt.count < Effort.capacity || restedAt[key] != nil else { return }
    restedAt[key] = max(restedAt[key] ?? now, now) + duration * Effort.share
  }

  func isAffordable(_ key: String, at now: ContinuousClock.Instant) -> Bool {
    guard let rested = restedAt[key] else { return restedAt.count < Effort.capacity }
    return rested - now < Effort.burst
  }
}
