import Time

/// When a sender that has nothing more to do looks into its queue again, unless it is woken before.
enum LookRule {
  /// For mails of a copy that has died, which nobody announces.
  static let longest = Duration.seconds(60)
  /// A row that another copy is claiming shows as due until that copy has committed.
  static let shortest = Duration.milliseconds(100)
  /// After the database did not answer.
  static let afterFailure = Duration.seconds(1)

  /// At the next due time, within those bounds.
  static func next(due: Timestamp?, at now: Timestamp) -> Timestamp {
    min(max(due ?? now + longest, now + shortest), now + longest)
  }
}
