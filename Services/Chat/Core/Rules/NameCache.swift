import Time

/// What people are called, kept for as long as it counts as current.
struct NameCache<Person: Hashable & Sendable, Name: Equatable & Sendable>: Sendable {
  /// Long enough that a busy room asks the directory once, short enough that a new name shows while one still looks.
  static var lifetime: Duration { .seconds(60) }

  private struct Known: Sendable {
    var name: Name
    var since: Timestamp
  }

  private let capacity: Int
  private var known: [Person: Known] = [:]

  /// Beyond `capacity` those whose names are out of date are forgotten, or else anybody.
  init(capacity: Int = 50_000) { self.capacity = capacity }

  var count: Int { known.count }

  /// The name, if it was learnt within the lifetime.
  func current(_ person: Person, at now: Timestamp) -> Name? {
    guard let known = known[person], isCurrent(known, at: now) else { return nil }
    return known.name
  }

  /// The name however old, for when the directory is away.
  func last(_ person: Person) -> Name? { known[person]?.name }

  /// Answers whether this was news.
  @discardableResult
  mutating func learn(_ person: Person, _ name: Name, at now: Timestamp) -> Bool {
    if known[person] == nil, known.count >= capacity { makeRoom(at: now) }
    let old = known.updateValue(Known(name: name, since: now), forKey: person)
    return old?.name != name
  }

  private func isCurrent(_ known: Known, at now: Timestamp) -> Bool {
    known.since <= now && now - known.since < Self.lifetime
  }

  private mutating func makeRoom(at now: Timestamp) {
    known = known.filter { isCurrent($0.value, at: now) }
    if known.count >= capacity { known.removeAll(keepingCapacity: true) }
  }
}
