extension Question {
  /// The best windows, best first, by jarvis.md 3.1b: weight, then length, then start.
  public func windows() -> [Window] {
    guard length > 0, horizon.length >= length, horizon.length < Int(Int32.max), limit > 0 else { return [] }
    return Search(self).windows()
  }
}

/// Scores every start, then takes the best candidate again and again.
private struct Search {
  private let question: Question
  private let people: [Availability]
  private let counted: Int
  private var scores: [Int]
  private let lower: [Int32]
  private let upper: [Int32]
  /// Starts to choose from, in order.
  private let candidates: [Int]

  init(_ question: Question) {
    self.question = question
    people = question.members.map { Availability($0, in: question.horizon) }
    counted = people.count { $0.part != .optional }
    var timeline = Timeline(horizon: question.horizon, length: question.length)
    for person in people where person.part != .optional {
      timeline.add(person.free, gain: Availability.whole)
      for level in person.levels { timeline.add(level.spans, gain: 3 * level.gain) }
    }
    scores = timeline.scores()
    lower = timeline.lowerEnds()
    upper = timeline.upperEnds()
    // Each share was rounded once, hence the little that may be missing.
    let enough = 296 * counted * Availability.whole / 100 - counted
    let allowed = Search.allowed(question, people)
    candidates = (0..<timeline.starts).filter { [scores] start in
      scores[start] >= enough && timeline.candidates[start] && (allowed?[start] ?? true)
    }
  }

  /// Whether the quorum and the required people can come, for each start; nil where nobody asks for that.
  private static func allowed(_ question: Question, _ people: [Availability]) -> [Bool]? {
    let required = people.filter { $0.part == .required }
    guard question.quorum > 0 || !required.isEmpty else { return nil }
    let present = attendance(of: people.filter { $0.part != .optional }, question)
    let essential = attendance(of: required, question)
    return zip(present, essential).map { $0 >= question.quorum && $1 == required.count }
  }

  /// How many of them prefer a meeting at each start, or are free for it, or both.
  private static func attendance(of people: [Availability], _ question: Question) -> [Int] {
    var timeline = Timeline(horizon: question.horizon, length: question.length)
    for person in people {
      timeline.add(person.free, gain: 1)
      guard let preferred = person.levels.first?.spans else { continue }
      timeline.add(preferred, gain: 1)
      timeline.add(preferred.intersection(person.free), gain: -1)
    }
    return timeline.scores()
  }

  func windows() -> [Window] {
    guard counted > 0 else { return [] }
    var taken: [Span] = []
    var windows: [Window] = []
    while windows.count < question.limit, let start = best(beside: taken) {
      let span = grown(start, beside: taken)
      taken.append(span)
      windows.append(window(span, start))
    }
    return windows
  }

  // MARK: - Choosing; all times from the start of the horizon

  private func best(beside taken: [Span]) -> Int? {
    var best: Int?
    for start in candidates {
      if let best, !precedes(start, best) { continue }
      if taken.contains(where: { $0.overlaps(meeting(start)) }) { continue }
      best = start
    }
    return best
  }

  private func precedes(_ one: Int, _ other: Int) -> Bool {
    if scores[one] != scores[other] { return scores[one] > scores[other] }
    let (length, otherLength) = (upper[one] - lower[one], upper[other] - lower[other])
    if length != otherLength { return length > otherLength }
    return (lower[one], one) < (lower[other], other)
  }

  private func meeting(_ start: Int) -> Span { Span(start, start + question.length) }

  /// The window of a start, without what has been taken.
  private func grown(_ start: Int, beside taken: [Span]) -> Span {
    var span = Span(Int(lower[start]), Int(upper[start]))
    for other in taken {
      if other.end <= start { span.start = max(span.start, other.end) }
      if other.start >= start + question.length { span.end = min(span.end, other.start) }
    }
    return span
  }

  private func window(_ span: Span, _ start: Int) -> Window {
    let origin = question.horizon.start
    let meeting = Span(origin + start, origin + start + question.length)
    let weight = Double(scores[start]) / Double(4 * counted * Availability.whole)
    return Window(
      span: Span(origin + span.start, origin + span.end),
      weight: (weight * 1_000_000).rounded() / 1_000_000,
      preferring: people.indices.filter { people[$0].prefers(meeting) },
      free: people.indices.filter { people[$0].free.covers(meeting) }
    )
  }
}
