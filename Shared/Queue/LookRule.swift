public import Time

/// When somebody who has nothing more to do looks into a queue again, unless a ring comes before.
public struct LookRule: Sendable {
  /// What was neither announced nor seen coming is found within this time.
  public static let longest = Duration.seconds(60)
  /// A lease ends by the server's clock, so those of others are looked after by no clock of the worker's own.
  static let leasedByOthers = Duration.milliseconds(250)
  /// After the database did not answer.
  public static let afterFailure = Duration.seconds(1)

  private let shortest: Duration

  /// A row that somebody else is claiming shows as due until that claim is committed, so a rule has a shortest wait.
  public init(shortest: Duration = .milliseconds(20)) { self.shortest = shortest }

  /// At the next due time, within the bounds.
  public func next(due: Timestamp?, at now: Timestamp) -> Timestamp {
    min(max(due ?? now + LookRule.longest, now + shortest), now + LookRule.longest)
  }
}
