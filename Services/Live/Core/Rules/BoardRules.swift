/// How much of what is allowed; nil is no limit.
struct BoardRules: Sendable, Equatable {
  var clicks: Rate? = Rate(perSecond: 30, burst: 120)
  var events: Rate? = Rate(perSecond: 0.5, burst: 3)
  var names: Rate? = Rate(perSecond: 1, burst: 5)
  /// Clicks from one address.
  var address: Rate? = Rate(perSecond: 600, burst: 600)
  /// Toasts of joins, renames and leaves, in all.
  var toasts: Rate? = Rate(perSecond: 5, burst: 5)
  /// Events that take every browser away; they need `allowsUnlisted` besides.
  var unlisted: Rate? = Rate(every: .seconds(600))
  var allowsUnlisted = false
  /// How long a leave is kept quiet, in case the same name is back.
  var grace = Duration.zero
  /// A gateway that is silent for so long is gone, and all its connections with it.
  var lease = Duration.seconds(4)
}
