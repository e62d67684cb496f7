/// What can be said of a meeting by the minute at which it starts, counted from the start of the horizon.
///
/// A span that is long enough lets a meeting start anywhere from its own start to its end less the meeting's length. So
/// each span is two changes of a running sum, and the sum over all spans is one walk over the minutes, however many
/// people there are.
struct Timeline {
  let horizon: Span
  let length: Int
  /// Starts that leave room for the meeting.
  let starts: Int
  private var changes: [Int]
  /// For each minute at which spans begin: the latest start that one of them allows. -1 where none begins.
  private var latest: [Int32]
  /// For each minute that is the latest start of some spans: where the longest of them begins.
  private var earliest: [Int32]
  private(set) var candidates: [Bool]

  /// The horizon has room for the meeting.
  init(horizon: Span, length: Int) {
    self.horizon = horizon
    self.length = length
    starts = horizon.length - length + 1
    changes = Array(repeating: 0, count: starts + 1)
    latest = Array(repeating: -1, count: starts)
    earliest = Array(repeating: .max, count: starts)
    candidates = Array(repeating: false, count: starts)
    candidates[0] = true
  }

  /// Adds spans that lie within the horizon. Also one that is too short for the meeting makes candidates: others may be
  /// free around it.
  mutating func add(_ set: SpanSet, gain: Int) {
    for span in set.spans {
      let first = span.start - horizon.start
      let last = span.end - horizon.start - length
      if first < starts { candidates[first] = true }
      if last >= 0 { candidates[last] = true }
      guard first <= last else { continue }
      changes[first] += gain
      changes[last + 1] -= gain
      latest[first] = max(latest[first], Int32(truncatingIfNeeded: last))
      earliest[last] = min(earliest[last], Int32(truncatingIfNeeded: first))
    }
  }

  /// The sum of the gains of the spans that hold a meeting, for each start.
  func scores() -> [Int] {
    var scores: [Int] = []
    scores.reserveCapacity(starts)
    var sum = 0
    for change in changes.prefix(starts) {
      sum += change
      scores.append(sum)
    }
    return scores
  }

  /// For each start, the latest beginning among the spans that hold the meeting, 0 if none does.
  ///
  /// Spans that have begun are stacked; the newest is the answer, and one that no longer holds the meeting never will.
  func lowerEnds() -> [Int32] {
    var ends: [Int32] = []
    ends.reserveCapacity(starts)
    var begun: [Int] = []
    for start in 0..<starts {
      if latest[start] >= 0 { begun.append(start) }
      while let newest = begun.last, latest[newest] < start { begun.removeLast() }
      ends.append(Int32(truncatingIfNeeded: begun.last ?? 0))
    }
    return ends
  }

  /// For each start, the earliest end among the spans that hold the meeting; the mirror of `lowerEnds`.
  func upperEnds() -> [Int32] {
    var ends = Array(repeating: Int32(truncatingIfNeeded: horizon.length), count: starts)
    var ending: [Int] = []
    for start in (0..<starts).reversed() {
      if earliest[start] != .max { ending.append(start) }
      while let newest = ending.last, earliest[newest] > start { ending.removeLast() }
      if let last = ending.last { ends[start] = Int32(truncatingIfNeeded: last + length) }
    }
    return ends
  }
}
