import Wire

/// Which connected people are in which events' rooms.
///
/// Pure bookkeeping over two sources, a list per person and changes as they happen: what a change says while a list is on
/// its way stands against the list, which may be older.
struct EventAudience<Holder: AnyObject> {
  private struct Person {
    var holders: [Holder] = []
    var events: Set<CalendarEventID> = []
    /// Changes since a list was asked for; nil while none is.
    var changes: [CalendarEventID: Bool]?
  }

  /// Somebody came to hear an event here, or hears it no more.
  struct Move: Equatable {
    let event: CalendarEventID
    let user: UserID
    let isIn: Bool
  }

  private var moves: [Move] = []
  private var people: [UserID: Person] = [:]
  private var audiences: [CalendarEventID: Set<UserID>] = [:]

  var users: [UserID] { Array(people.keys) }
  func holders(of user: UserID) -> [Holder] { people[user]?.holders ?? [] }
  func holders(of event: CalendarEventID) -> [Holder] { (audiences[event] ?? []).flatMap { holders(of: $0) } }

  /// What has moved since this was asked last.
  mutating func takeMoves() -> [Move] {
    defer { moves = [] }
    return moves
  }

  /// Whether it is the person's first, so that a list is needed.
  mutating func add(_ holder: Holder, of user: UserID) -> Bool {
    people[user, default: Person()].holders.append(holder)
    return people[user]?.holders.count == 1
  }

  mutating func remove(_ holder: Holder, of user: UserID) {
    people[user]?.holders.removeAll { $0 === holder }
    guard let person = people[user], person.holders.isEmpty else { return }
    people[user] = nil
    for event in person.events { drop(user, from: event) }
  }

  mutating func beginList(_ user: UserID) {
    if people[user]?.changes == nil { people[user]?.changes = [:] }
  }

  mutating func endList(_ user: UserID, _ listed: [CalendarEventID]) {
    guard var person = people[user] else { return }
    var events = Set(listed)
    for (event, isIn) in person.changes ?? [:] {
      if isIn { events.insert(event) } else { events.remove(event) }
    }
    for event in person.events.subtracting(events) { drop(user, from: event) }
    for event in events { join(user, event) }
    person.events = events
    person.changes = nil
    people[user] = person
  }

  /// Whether that was news of somebody who is connected.
  mutating func enter(_ event: CalendarEventID, _ user: UserID) -> Bool {
    guard people[user] != nil else { return false }
    people[user]?.changes?[event] = true
    join(user, event)
    return people[user]?.events.insert(event).inserted == true
  }

  mutating func leave(_ event: CalendarEventID, _ user: UserID) {
    people[user]?.changes?[event] = false
    people[user]?.events.remove(event)
    drop(user, from: event)
  }

  private mutating func join(_ user: UserID, _ event: CalendarEventID) {
    guard audiences[event, default: []].insert(user).inserted else { return }
    moves.append(Move(event: event, user: user, isIn: true))
  }

  private mutating func drop(_ user: UserID, from event: CalendarEventID) {
    guard audiences[event]?.remove(user) != nil else { return }
    moves.append(Move(event: event, user: user, isIn: false))
    if audiences[event]?.isEmpty == true { audiences[event] = nil }
  }
}
