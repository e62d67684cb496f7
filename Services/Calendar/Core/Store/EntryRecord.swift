import Almanac
import Postgres
import Time

/// An own entry as it is kept.
struct EntryRecord: Sendable {
  let id: UUIDValue
  let owner: UUIDValue
  let name: String
  let description: String
  let zoneName: String
  let weight: Int
  let span: EntrySpan

  var zone: Zone { Zone(named: zoneName) ?? .utc }

  func occurrences(within range: Range<Int>) -> [Occurrence] { span.occurrences(in: zone, within: range) }
}

/// An entry of a linked calendar, or of a calendar file.
struct ImportedRecord: Sendable {
  let owner: UUIDValue
  let source: String
  /// Its own, to be removed by.
  let id: UUIDValue
  let uid: String
  let summary: String
  let description: String
  let location: String
  let color: String
  let creatorEmail: String
  let attendees: [String]
  let zoneName: String
  let allDay: Bool
  let start: Int
  let end: Int
  let rule: String?
  let skipped: [Int]
  let busy: Bool
  let created: Timestamp
  let updated: Timestamp

  var zone: Zone { Zone(named: zoneName) ?? .utc }
}

extension EntryRecord {
  static let columns = """
    n.id, n.owner, n.name, n.description, n.zone, n.weight, n.starts, n.ends, n.weekdays, n.from_clock, n.to_clock, n.until
    """
  /// How many columns these are; others may stand behind them.
  static let width = 12

  init(_ row: Row) throws(PostgresError) {
    id = try row.get(0)
    owner = try row.get(1)
    name = try row.get(2)
    description = try row.get(3)
    zoneName = try row.get(4)
    weight = try row.get(5)
    let start = try row.get(6, as: Timestamp.self).unix
    let end = try row.get(7, as: Timestamp.self).unix
    let weekdays: Int = try row.get(8)
    guard weekdays != 0, let from = try row.get(9, as: Int?.self), let to = try row.get(10, as: Int?.self),
      let until = try row.get(11, as: Timestamp?.self)
    else {
      span = .single(start: start, end: end)
      return
    }
    // `starts` of a series is the midnight of its first day.
    let first = (Zone(named: zoneName) ?? .utc).time(at: start).date
    span = .weekly(
      EntrySeries(weekdays: weekdays, fromClock: from, toClock: to, first: first, until: until.unix)
    )
  }
}

extension ImportedRecord {
  static let columns = """
    i.owner, i.uid, i.summary, i.description, i.location, i.color, i.creator_email, i.attendees, i.zone, i.all_day,
    i.starts, i.ends, i.rule, i.skipped, i.busy, i.created, i.updated, i.source, i.id
    """

  init(_ row: Row) throws(PostgresError) {
    owner = try row.get(0)
    uid = try row.get(1)
    summary = try row.get(2)
    description = try row.get(3)
    location = try row.get(4)
    color = try row.get(5)
    creatorEmail = try row.get(6)
    attendees = try row.get(7)
    zoneName = try row.get(8)
    allDay = try row.get(9)
    start = try row.get(10, as: Timestamp.self).unix
    end = try row.get(11, as: Timestamp.self).unix
    rule = try row.get(12)
    skipped = try row.get(13, as: [Timestamp].self).map(\.unix)
    busy = try row.get(14)
    created = try row.get(15)
    updated = try row.get(16)
    source = try row.get(17)
    id = try row.get(18)
  }
}
