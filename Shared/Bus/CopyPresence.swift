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

  private var known: [String: Copy] = [:]
  private var looked: ContinuousClock.Instant?

  /// Whether any copy takes calls.
  var isThere: Bool { known.values.contains { !$0.isLeaving } }
  /// All who may answer a call, also those who take no more of them.
  var copies: Set<String> { Set(known.keys) }

  mutating func hear(_ beat: Beat, at now: ContinuousClock.Instant) -> News {
    let before = known.updateValue(Copy(number: beat.number, heard: now, isLeaving: beat.isLeaving), forKey: beat.copy)
    guard let before else { return .new }
    return beat.number == before.number + 1 ? .known : .missed
  }

  /// Gives up who is silent for too long; tells whether one of them had not said that it leaves.
  ///
  /// When this look itself comes late, the process was held up and could not have heard anybody: all get a new lease.
  mutating func expire(at now: ContinuousClock.Instant) -> Bool {
    defer { looked = now }
    if let looked, now - looked > CopyPresence.lease / 2 {
      for copy in known.keys { known[copy]?.heard = now }
    }
    let lapsed = known.filter { now - $0.value.heard >= CopyPresence.lease }
    for copy in lapsed.keys { known[copy] = nil }
    return lapsed.values.contains { !$0.isLeaving }
  }

  /// Nobody is there, or nobody can be heard.
  mutating func clear() { known = [:] }

  /// It is known to be gone; tells whether it had not said that it leaves.
  mutating func forget(_ copy: String) -> Bool { known.removeValue(forKey: copy).map { !$0.isLeaving } ?? false }

  /// Nobody takes calls.
  mutating func keepLeaving() { known = known.filter(\.value.isLeaving) }
}
