/// Which copies of a service are there, by the beats they send.
///
/// Pure. NATS says nothing of who comes and goes, and drops what a broken connection could not carry; both show in the
/// numbers of the beats.
struct CopyPresence {
  enum News: Equatable {
    case known
    /// It is new, or back: whatever it told before is not known here.
    case new
    /// A beat was missed, and so may be events.
    case missed
  }

  /// A copy that is silent for so long has gone.
  static let lease = Duration.seconds(4)

  private struct Copy {
    var number: Int
    var heard: ContinuousClock.Instant
    var isLeaving: Bool
  }

  private var copies: [String: Copy] = [:]

  /// Whether any copy takes calls.
  var isThere: Bool { copies.values.contains { !$0.isLeaving } }
  /// Whether a copy that takes no more calls may still answer those it has.
  var isAnyLeaving: Bool { copies.values.contains(where: \.isLeaving) }

  mutating func hear(_ beat: Beat, at now: ContinuousClock.Instant) -> News {
    let before = copies.updateValue(Copy(number: beat.number, heard: now, isLeaving: beat.isLeaving), forKey: beat.copy)
    guard let before else { return .new }
    return beat.number == before.number + 1 ? .known : .missed
  }

  mutating func expire(at now: ContinuousClock.Instant) {
    copies = copies.filter { now - $0.value.heard < CopyPresence.lease }
  }

  /// Nobody is there, or nobody can be heard.
  mutating func clear() { copies = [:] }
}
