/// How much time goes into answers that are made sooner than their age asks for: a tenth of it in the long run.
///
/// Pure: what an answer took is put in afterwards, and while too much has gone in lately, nothing is to be hurried.
struct Effort {
  private static let share = 10
  /// A second of work may go in at once, so that who asks now and then is never made to wait for news.
  private static let burst = Duration.seconds(10)

  private var restedAt: ContinuousClock.Instant?

  mutating func spend(_ duration: Duration, at now: ContinuousClock.Instant) {
    restedAt = max(restedAt ?? now, now) + duration * Effort.share
  }

  func isAffordable(at now: ContinuousClock.Instant) -> Bool {
    restedAt.map { $0 - now < Effort.burst } ?? true
  }
}
