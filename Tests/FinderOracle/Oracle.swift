public import Finder

/// The same choice made the long way round, minute by minute and from the words of jarvis.md 3.1b alone.
public enum Oracle {
  public static func windows(_ question: Question) -> [Window] {
    let judge = Judge(question)
    var candidates: [Choice] = []
    for start in judge.candidates().sorted() {
      guard start >= question.horizon.start, start + question.length <= question.horizon.end else { continue }
      if let choice = judge.choice(start) { candidates.append(choice) }
    }
    candidates.sort { $0.precedes($1) }
    var taken: [Window] = []
    for choice in candidates where taken.count < question.limit {
      let meeting = choice.start..<(choice.start + question.length)
      if taken.contains(where: { meeting.overlaps($0.span.start..<$0.span.end) }) { continue }
      var span = choice.span
      for other in taken.map(\.span) {
        if other.end <= meeting.lowerBound { span.start = max(span.start, other.end) }
        if other.start >= meeting.upperBound { span.end = min(span.end, other.start) }
      }
      let weight = (choice.weight * 1_000_000).rounded() / 1_000_000
      taken.append(Window(span: span, weight: weight, preferring: choice.preferring, free: choice.free))
    }
    return taken
  }
}

private struct Choice {
  var start: Int
  var span: Span
  var weight: Double
  var preferring: [Int]
  var free: [Int]

  /// Sums of shares differ in their last digits by the order they are made in; the order here must not.
  func precedes(_ other: Choice) -> Bool {
    if abs(weight - other.weight) > 1e-8 { return weight > other.weight }
    let (mine, theirs) = (span.end - span.start, other.span.end - other.span.start)
    if mine != theirs { return mine > theirs }
    return (span.start, start) < (other.span.start, other.start)
  }
}

private struct Judge {
  let question: Question
  /// By member and minute of the horizon: whether they are free, and the best weight of a slot that has the minute.
  var free: [[Bool]] = []
  var liking: [[Double]] = []

  init(_ question: Question) {
    self.question = question
    for member in question.members {
      let minutes = Array(question.horizon.start..<question.horizon.end)
      let isFree = minutes.map { minute in !member.busy.contains { $0.start <= minute && minute < $0.end } }
      free.append(isFree)
      liking.append(
        zip(minutes, isFree).map { minute, isFree in
          if member.prefersFreeTime { return isFree ? 1 : 0 }
          let slots = member.preferences.filter { $0.span.start <= minute && minute < $0.span.end }
          return slots.map(\.weight).max() ?? 0
        }
      )
    }
  }

  private func index(_ minute: Int) -> Int { minute - question.horizon.start }

  /// The best weight that reaches over all of the minutes; 0 when there is none.
  private func liking(_ member: Int, _ from: Int, _ to: Int) -> Double {
    (from..<to).map { liking[member][index($0)] }.min() ?? 0
  }

  private func isFree(_ member: Int, _ from: Int, _ to: Int) -> Bool {
    (from..<to).allSatisfy { free[member][index($0)] }
  }

  private func most(_ member: Int) -> Double {
    question.members[member].prefersFreeTime ? 1 : question.members[member].preferences.map(\.weight).max() ?? 1
  }

  func candidates() -> Set<Int> {
    let horizon = question.horizon
    var starts: Set = [horizon.start]
    func note(_ holds: (Int) -> Bool) {
      for minute in horizon.start..<horizon.end where holds(minute) {
        if minute == horizon.start || !holds(minute - 1) { starts.insert(minute) }
        if minute + 1 == horizon.end || !holds(minute + 1) { starts.insert(minute + 1 - question.length) }
      }
    }
    for member in question.members.indices where question.members[member].part != .optional {
      note { free[member][index($0)] }
      for weight in Set(liking[member]) where weight > 0 { note { liking[member][index($0)] >= weight } }
    }
    return starts
  }

  func choice(_ start: Int) -> Choice? {
    let end = start + question.length
    let everybody = question.members.indices
    let shares = everybody.map { liking($0, start, end) / most($0) }
    let isFree = everybody.map { self.isFree($0, start, end) }
    let counted = everybody.filter { question.members[$0].part != .optional }
    guard !counted.isEmpty else { return nil }
    let sum = counted.map { 0.75 * shares[$0] + (isFree[$0] ? 0.25 : 0) }.reduce(0, +)
    let weight = sum / Double(counted.count)
    guard weight >= 0.74 - 1e-9 else { return nil }
    let able = everybody.filter { shares[$0] > 0 || isFree[$0] }
    for member in everybody where question.members[member].part == .required && !able.contains(member) { return nil }
    guard able.count(where: { question.members[$0].part != .optional }) >= question.quorum else { return nil }
    let span = grown(start, end) { from, to in
      counted.allSatisfy { member in
        (shares[member] == 0 || liking(member, from, to) / most(member) >= shares[member])
          && (!isFree[member] || self.isFree(member, from, to))
      }
    }
    return Choice(
      start: start,
      span: span,
      weight: weight,
      preferring: everybody.filter { shares[$0] > 0 },
      free: everybody.filter { isFree[$0] }
    )
  }

  private func grown(_ start: Int, _ end: Int, _ holds: (Int, Int) -> Bool) -> Span {
    var span = Span(start, end)
    while span.start > question.horizon.start, holds(span.start - 1, span.start) { span.start -= 1 }
    while span.end < question.horizon.end, holds(span.end, span.end + 1) { span.end += 1 }
    return span
  }
}
