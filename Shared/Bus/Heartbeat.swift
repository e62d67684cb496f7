/// Decides when the other end of a connection is asked whether it lives, and when it is given up.
///
/// Pure. A process that was held up has heard nobody meanwhile, and finds its timers due before it reads what came. So silence
/// counts only where it goes on over some more looks, between which the loop reads.
struct Heartbeat {
  enum Step: Equatable {
    /// Ask, for an answer before the next look.
    case ask
    /// Nothing came: look again soon.
    case listen
    case giveUp
  }

  private static let interval = Duration.seconds(2)
  private static let shortInterval = Duration.milliseconds(100)
  private static let mostDoubts = 5

  private var hasHeard = true
  /// Looks since the one that should have found an answer, that one too.
  private var doubts = 0

  /// From one look to the next.
  var untilNextLook: Duration { doubts > 0 ? Heartbeat.shortInterval : Heartbeat.interval }

  /// Something came.
  mutating func hear() { hasHeard = true }

  mutating func look() -> Step {
    guard !hasHeard else {
      (hasHeard, doubts) = (false, 0)
      return .ask
    }
    doubts += 1
    return doubts > Heartbeat.mostDoubts ? .giveUp : .listen
  }
}
