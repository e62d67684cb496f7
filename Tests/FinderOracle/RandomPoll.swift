public import Finder

/// Random numbers that a seed repeats.
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// SplitMix64.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Question {
  /// A small poll, crowded enough that windows touch, overlap and tie.
  public static func random(seed: UInt64) -> Question {
    var generator = SeededGenerator(seed: seed)
    let start = Int.random(in: -50...50, using: &generator)
    let horizon = Span(start, start + Int.random(in: 1...90, using: &generator))
    let members = (0..<Int.random(in: 1...5, using: &generator)).map { _ in Member.random(in: horizon, &generator) }
    var question = Question(length: Int.random(in: 1...20, using: &generator), horizon: horizon, members: members)
    if Int.random(in: 0..<4, using: &generator) == 0 { question.quorum = Int.random(in: 1...3, using: &generator) }
    question.limit = [1, 2, 5, 5, 5, 9].randomElement(using: &generator)!
    return question
  }
}

extension Member {
  fileprivate static func random(in horizon: Span, _ generator: inout SeededGenerator) -> Member {
    let weighted = Int.random(in: 0..<3, using: &generator) == 0
    var member = Member()
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      let weight = weighted ? Double([1, 2, 3, 7].randomElement(using: &generator)!) : 1
      member.preferences.append(Preference(.random(in: horizon, &generator), weight: weight))
    }
    for _ in 0..<Int.random(in: 0...3, using: &generator) { member.busy.append(.random(in: horizon, &generator)) }
    member.prefersFreeTime = Int.random(in: 0..<8, using: &generator) == 0
    switch Int.random(in: 0..<12, using: &generator) {
    case 0: member.part = .required
    case 1: member.part = .optional
    default: break
    }
    return member
  }
}

extension Span {
  /// Often long, and now and then beyond the horizon, empty or the wrong way round.
  fileprivate static func random(in horizon: Span, _ generator: inout SeededGenerator) -> Span {
    let start = Int.random(in: (horizon.start - 5)...(horizon.end + 5), using: &generator)
    return Span(start, start + Int.random(in: -2...60, using: &generator))
  }
}
