import Almanac
import Postgres
import Time
import Wire

/// A poll or event with everybody who is asked, as it is kept. Times are Unix seconds.
struct EventRecord: Sendable {
  let id: UUIDValue
  let state: EventState
  let creator: UUIDValue
  let creatorEmail: String
  let name: String
  let description: String
  let location: String
  let zoneName: String
  let minutes: Int
  let deadline: CivilDate
  let closes: Int
  let quorum: Int
  let notice: Int
  let starts: Int?
  let ends: Int?
  let revision: Int
  let created: Timestamp
  let updated: Timestamp
  /// In the order they were asked, the creator first.
  var guests: [GuestRecord] = []

  /// A zone that the database no longer has cannot be, short of a broken machine; UTC then tells the right moments.
  var zone: Zone { Zone(named: zoneName) ?? .utc }
  var invitees: [GuestRecord] { guests.filter { $0.email != creatorEmail } }
  var attendees: [GuestRecord] { invitees.filter(\.attends) }

  /// Who is written to about it: all who are asked and have not said no.
  var guestsToTell: [String] { invitees.filter { !$0.vote.declined }.map(\.email) }

  func guest(_ email: String?) -> GuestRecord? { guests.first { $0.email == email } }

  /// Who may see positions and chat: of a poll everybody who is asked, of a real event those who come.
  func isMember(_ caller: Caller) -> Bool {
    guard creator != caller.id else { return true }
    guard let guest = guest(caller.email) else { return false }
    return state == .pending || guest.attends
  }
}

struct GuestRecord: Sendable {
  let email: String
  let part: GuestPart
  let answered: Timestamp?
  let vote: Vote
  let attends: Bool
}

extension EventRecord {
  static let columns = """
    e.id, e.state, e.creator, e.creator_email, e.name, e.description, e.location, e.zone, e.minutes, e.deadline, e.closes,
    e.quorum, e.notice, e.starts, e.ends, e.revision, e.created, e.updated
    """

  init(_ row: Row) throws(PostgresError) {
    id = try row.get(0)
    state = EventState(rawValue: try row.get(1)) ?? .cancelled
    creator = try row.get(2)
    creatorEmail = try row.get(3)
    name = try row.get(4)
    description = try row.get(5)
    location = try row.get(6)
    zoneName = try row.get(7)
    minutes = try row.get(8)
    deadline = CivilDate(day: try row.get(9))
    closes = try row.get(10, as: Timestamp.self).unix
    quorum = try row.get(11)
    notice = try row.get(12)
    starts = try row.get(13, as: Timestamp?.self)?.unix
    ends = try row.get(14, as: Timestamp?.self)?.unix
    revision = try row.get(15)
    created = try row.get(16)
    updated = try row.get(17)
  }
}

extension GuestRecord {
  static let columns = "g.event, g.email, g.part, g.answered, g.declined, g.starts, g.ends, g.weights, g.attends"

  init(_ row: Row) throws(PostgresError) {
    email = try row.get(1)
    part = GuestPart(rawValue: try row.get(2)) ?? .counted
    answered = try row.get(3)
    var vote = Vote(declined: try row.get(4))
    let starts: [Timestamp] = try row.get(5)
    let ends: [Timestamp] = try row.get(6)
    let weights: [Double] = try row.get(7)
    for (times, weight) in zip(zip(starts, ends), weights) {
      vote.slots.append(Vote.Slot(start: times.0.unix, end: times.1.unix, weight: weight))
    }
    self.vote = vote
    attends = try row.get(8)
  }
}

extension UUIDValue {
  /// The id of an event in a path: 32 hexadecimal digits; the form with dashes is understood too.
  init?(event text: String) {
    if text.utf8.count == 32 {
      let digits = Array(text.utf8)
      let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }
      self.init(parts.joined(separator: "-"))
    } else {
      self.init(text)
    }
  }

  /// 32 lower-case hexadecimal digits.
  var hex: String { description.replacing("-", with: "") }
}
