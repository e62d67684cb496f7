import Wire

/// What another gateway has, as its reports tell it: brings them into their order and sees when one is missing.
///
/// Pure: reports and the beats of one's own heart go in; who came and went, and what to do about a silence, comes out.
struct PresencePeer: Sendable {
  struct Change: Sendable, Equatable {
    var came: [Place: String] = [:]
    var went: Set<Place> = []
  }

  /// What a beat without news means.
  enum Standing: Sendable, Equatable {
    case current
    /// A report was missed: it must be asked for all it has.
    case incomplete
    /// It is over, and nobody can be there.
    case silent
  }

  /// So many beats without a word are the end of a gateway: time enough for a busy machine, and for a copy of chat to come
  /// back.
  static let mostSilence = 5
  static let mostHeld = 64

  /// Everybody it has, with their names.
  private(set) var places: [Place: String] = [:]
  /// The last report that was followed; nil until it has begun to tell all.
  private var last: Int?
  /// Reports from after a gap.
  private var held: [Int: Chat.PresenceReport] = [:]
  /// What it has told anew so far, while it does.
  private var anew: [Place: String]?
  private var silence = 0

  mutating func take(_ report: Chat.PresenceReport) -> Change {
    silence = 0
    var change = Change()
    if report.begins, report.number > last ?? 0 {
      apply(report, &change)
      held = held.filter { $0.key > report.number }
    } else if let last, report.number == last + 1 {
      apply(report, &change)
    } else if report.number > last ?? 0, held.count < PresencePeer.mostHeld {
      held[report.number] = report
    }
    while let number = last, let next = held.removeValue(forKey: number + 1) { apply(next, &change) }
    return change
  }

  private mutating func apply(_ report: Chat.PresenceReport, _ change: inout Change) {
    last = report.number
    if report.begins { anew = [:] }
    guard var whole = anew else {
      for place in report.went { remove(Place(place), &change) }
      for place in report.came { add(Place(place), place.name ?? "", &change) }
      return
    }
    for place in report.came { whole[Place(place)] = place.name ?? "" }
    anew = report.goesOn ? whole : nil
    if !report.goesOn { become(whole, &change) }
  }

  /// Who stays is neither gone nor come in between.
  private mutating func become(_ whole: [Place: String], _ change: inout Change) {
    for place in Array(places.keys) where whole[place] == nil { remove(place, &change) }
    for (place, name) in whole { add(place, name, &change) }
  }

  private mutating func add(_ place: Place, _ name: String, _ change: inout Change) {
    guard places.updateValue(name, forKey: place) == nil else { return }
    if change.went.remove(place) == nil { change.came[place] = name }
  }

  private mutating func remove(_ place: Place, _ change: inout Change) {
    guard places.removeValue(forKey: place) != nil else { return }
    if change.came.removeValue(forKey: place) == nil { change.went.insert(place) }
  }

  /// To be told at each beat that was heard by oneself: then whatever it said would have been heard too.
  mutating func beat() -> Standing {
    silence += 1
    if silence > PresencePeer.mostSilence { return .silent }
    return last == nil || !held.isEmpty ? .incomplete : .current
  }
}

extension Place {
  init(_ place: Chat.PresencePlace) { self.init(user: place.user, room: place.room.text) }
}
