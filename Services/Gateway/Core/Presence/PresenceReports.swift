import Wire

/// Who listens at this gateway, and the numbered reports by which the others learn of it.
///
/// Pure: listeners go in, reports come out one at a time; what happens while one is under way makes the next.
struct PresenceReports: Sendable {
  let gateway: String
  private var listeners: [Place: (count: Int, name: String)] = [:]
  private var changed: Set<Place> = []
  /// What is left to tell of all there is; nil unless it is being told.
  private var rest: [Chat.PresencePlace]?
  private var mustTellAll = true
  private var mustBeat = true
  private var asks: Set<String> = [Chat.PresenceReport.everybody]
  private var number = 0
  private var underway: Chat.PresenceReport?

  init(gateway: String) { self.gateway = gateway }

  /// Whether it is the user's first listener to the room here.
  mutating func enter(_ place: Place, name: String) -> Bool {
    let count = listeners[place]?.count ?? 0
    listeners[place] = (count + 1, name)
    if count == 0 { changed.insert(place) }
    return count == 0
  }

  /// Whether it was the last.
  mutating func leave(_ place: Place) -> Bool {
    guard let (count, name) = listeners[place] else { return false }
    listeners[place] = count > 1 ? (count - 1, name) : nil
    if count == 1 { changed.insert(place) }
    return count == 1
  }

  /// The next report is due, with news or without.
  mutating func beat() { mustBeat = true }

  mutating func ask(_ gateway: String) { asks.insert(gateway) }

  /// Another gateway missed something.
  mutating func asked() { mustTellAll = true }

  // MARK: - Reports

  /// What to send now, nil when there is nothing to say; the same again until it is taken, as nobody knows how far it got.
  mutating func next() -> Chat.PresenceReport? {
    if let underway { return underway }
    guard mustBeat || mustTellAll || rest != nil || !changed.isEmpty || !asks.isEmpty else { return nil }
    number += 1
    var report = Chat.PresenceReport(of: gateway, number: number)
    report.asks = asks.sorted()
    if mustTellAll, rest == nil { begin(&report) }
    if rest != nil { goOn(&report) } else { tellChanges(&report) }
    (asks, mustBeat) = ([], false)
    underway = report
    return report
  }

  mutating func taken() { underway = nil }

  private mutating func begin(_ report: inout Chat.PresenceReport) {
    report.begins = true
    mustTellAll = false
    changed = []
    rest = listeners.map { place, listener in place.wire(name: listener.name) }
  }

  private mutating func goOn(_ report: inout Chat.PresenceReport) {
    report.came = Array(rest?.suffix(Chat.PresenceReport.largest) ?? [])
    rest?.removeLast(report.came.count)
    report.goesOn = rest?.isEmpty == false
    if !report.goesOn { rest = nil }
  }

  private mutating func tellChanges(_ report: inout Chat.PresenceReport) {
    for place in changed.prefix(Chat.PresenceReport.largest) {
      changed.remove(place)
      if let listener = listeners[place] {
        report.came.append(place.wire(name: listener.name))
      } else {
        report.went.append(place.wire())
      }
    }
  }

  /// The last word of a gateway that leaves.
  mutating func end() -> Chat.PresenceReport {
    number += 1
    var report = Chat.PresenceReport(of: gateway, number: number)
    report.ends = true
    return report
  }
}

extension Place {
  func wire(name: String? = nil) -> Chat.PresencePlace { Chat.PresencePlace(user, in: Chat.RoomGID(room), name: name) }
}
