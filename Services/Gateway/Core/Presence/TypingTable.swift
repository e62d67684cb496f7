import Wire

/// Who is typing where, as far as it was heard lately.
///
/// Pure: notices and the time go in, and whether that is news comes out.
struct TypingTable: Sendable {
  /// Whoever types on says so again well within this.
  static let lifetime = Duration.seconds(6)

  private struct Typing: Sendable {
    var name: String
    var until: ContinuousClock.Instant
  }

  private var typing: [Place: Typing] = [:]

  var isEmpty: Bool { typing.isEmpty }
  func contains(_ place: Place) -> Bool { typing[place] != nil }

  /// Whether they were not typing before.
  mutating func begin(_ place: Place, name: String, at now: ContinuousClock.Instant) -> Bool {
    typing.updateValue(Typing(name: name, until: now + TypingTable.lifetime), forKey: place) == nil
  }

  /// Their name, if they were.
  mutating func end(_ place: Place) -> String? { typing.removeValue(forKey: place)?.name }

  /// Takes out those who have not said so again in time.
  mutating func expire(at now: ContinuousClock.Instant) -> [(place: Place, name: String)] {
    let late = typing.filter { $0.value.until <= now }
    for place in late.keys { typing[place] = nil }
    return late.map { ($0.key, $0.value.name) }
  }
}

/// What of a typist's notices is worth passing on: a repeat only now and then, and changes of mind only so many.
struct TypingPace: Sendable {
  /// A third of what a notice is good for, so that a lost one is made up for.
  static let repeatPause = TypingTable.lifetime / 3

  private struct Told: Sendable {
    var isTyping: Bool
    var at: ContinuousClock.Instant
  }

  private let limit: RateLimit?
  private var limiter = RateLimiter()
  private var told: [Place: Told] = [:]
  private var sweepAt = 1024

  init(_ limit: RateLimit?) { self.limit = limit }

  enum Verdict: Sendable, Equatable {
    case tell
    /// Everybody knows.
    case known
    case tooFast(wait: Duration)
  }

  mutating func judge(_ place: Place, isTyping: Bool, at now: ContinuousClock.Instant) -> Verdict {
    if let limit, let wait = limiter.take(place.user.text, limit: limit, at: now) { return .tooFast(wait: wait) }
    let known = told[place].flatMap { now - $0.at < TypingTable.lifetime ? $0 : nil }
    if !isTyping {
      guard known?.isTyping == true else { return .known }
    } else if let known, known.isTyping, now - known.at < TypingPace.repeatPause {
      return .known
    }
    told[place] = Told(isTyping: isTyping, at: now)
    if told.count > sweepAt { sweep(at: now) }
    return .tell
  }

  var isEmpty: Bool { told.isEmpty }

  /// What everybody was told is over without a notice.
  mutating func forget(_ place: Place) {
    if !told.isEmpty { told[place] = nil }
  }

  private mutating func sweep(at now: ContinuousClock.Instant) {
    told = told.filter { now - $0.value.at < TypingTable.lifetime }
    sweepAt = max(1024, told.count * 2)
  }
}
