/// How much time goes into answers that are made sooner than their age asks for: a tenth of it in the long run.
///
/// Pure: what an answer took is put in afterwards, and while too much has gone in lately, nothing is to be hurried.
struct Effort {
  private static let share = 10
  /// What may have gone in at once counts for so long; a tenth of it is work.
  private static let burst = Duration.seconds(2)

  private var restedAt: ContinuousClock.Instant?

  mutating func spend(_ duration: Duration, at now: ContinuousClock.Instant) {
    restedAt = max(restedAt ?? now, now) + duration * Effort.share
  }

  func isAffordable(at now: ContinuousClock.Instant) -> Bool {
    restedAt.map { $0 - now < Effort.burst } ?? true
  }
}
