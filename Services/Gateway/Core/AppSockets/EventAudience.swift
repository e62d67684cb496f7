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

  private var people: [UserID: Person] = [:]
  private var audiences: [CalendarEventID: Set<UserID>] = [:]

  var users: [UserID] { Array(people.keys) }
  func holders(of user: UserID) -> [Holder] { people[user]?.holders ?? [] }
  func holders(of event: CalendarEventID) -> [Holder] { (audiences[event] ?? []).flatMap { holders(of: $0) } }

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
    for event in events { audiences[event, default: []].insert(user) }
    person.events = events
    person.changes = nil
    people[user] = person
  }

  /// Whether that was news of somebody who is connected.
  mutating func enter(_ event: CalendarEventID, _ user: UserID) -> Bool {
    guard people[user] != nil else { return false }
    people[user]?.changes?[event] = true
    audiences[event, default: []].insert(user)
    return people[user]?.events.insert(event).inserted == true
  }

  mutating func leave(_ event: CalendarEventID, _ user: UserID) {
    people[user]?.changes?[event] = false
    people[user]?.events.remove(event)
    drop(user, from: event)
  }

  private mutating func drop(_ user: UserID, from event: CalendarEventID) {
    audiences[event]?.remove(user)
    if audiences[event]?.isEmpty == true { audiences[event] = nil }
  }
}
