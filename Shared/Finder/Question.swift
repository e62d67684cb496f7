/// Everything that a choice of times depends on; equal questions have equal answers.
public struct Question: Sendable {
  /// Minutes that the meeting takes, at least 1.
  public var length: Int
  /// Nothing outside of it is proposed. The work grows with its minutes: a year takes some milliseconds.
  public var horizon: Span
  /// Those who may come; who has declined is not among them.
  public var members: [Member]
  /// How many of those who count must be able to come.
  public var quorum = 0
  /// Windows in the answer at most.
  public var limit = 5

  public init(length: Int, horizon: Span, members: [Member]) {
    self.length = length
    self.horizon = horizon
    self.members = members
  }
}

/// When one person would like to come, and when they cannot.
public struct Member: Sendable {
  public enum Part: Sendable {
    case counted
    /// Counted, and nothing is proposed where they neither prefer nor are free.
    case required
    /// Named in the answer, but without influence on it.
    case optional
  }

  /// In any order; they may overlap.
  public var preferences: [Preference]
  /// Prefers every moment that is free; `preferences` do not matter then.
  public var prefersFreeTime: Bool
  /// In any order; they may overlap, and reach beyond the horizon.
  public var busy: [Span]
  public var part = Part.counted

  public init(preferences: [Preference] = [], prefersFreeTime: Bool = false, busy: [Span] = []) {
    self.preferences = preferences
    self.prefersFreeTime = prefersFreeTime
    self.busy = busy
  }
}

/// A time that a person likes, by a weight that is compared with the same person's other weights only.
public struct Preference: Sendable, Hashable {
  public var span: Span
  /// Above 0 and finite; anything else counts as 1.
  public var weight: Double

  public init(_ span: Span, weight: Double = 1) {
    self.span = span
    self.weight = weight > 0 && weight.isFinite ? weight : 1
  }
}

/// A time to meet: the meeting may start anywhere in it that leaves room for its length, with the same people.
public struct Window: Sendable, Equatable {
  public var span: Span
  /// From 0.74 to 1, to six digits: 1 when everybody prefers it and is free.
  public var weight: Double
  /// Places in `Question.members`, in order.
  public var preferring: [Int]
  public var free: [Int]

  public init(span: Span, weight: Double, preferring: [Int], free: [Int]) {
    self.span = span
    self.weight = weight
    self.preferring = preferring
    self.free = free
  }
}
