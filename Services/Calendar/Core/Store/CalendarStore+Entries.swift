import Almanac
import Postgres
import Time
import Wire

extension CalendarStore {
  /// Entries that one person may have.
  static let mostEntries = 2000

  /// Stores an entry, and plans its reminder; false when the owner has as many as one may.
  func add(_ form: EntryForm, id: UUIDValue, of owner: UUIDValue, at now: Timestamp) async throws -> Bool {
    try await change { transaction in
      let rows = try await transaction.query(CalendarStore.adding(form, id: id, of: owner, at: now))
      guard rows.affected == 1 else { return false }
      try await self.planReminders(ofEntry: id, of: owner, transaction, at: now)
      return true
    }
  }

  private static func adding(_ form: EntryForm, id: UUIDValue, of owner: UUIDValue, at now: Timestamp) -> SQL {
    let zone = Zone(named: form.zone) ?? .utc
    var (start, end) = (0, 0)
    var series: EntrySeries?
    switch form.span {
    case .single(let from, let to): (start, end) = (from, to)
    case .weekly(let weekly):
      (start, end) = (zone.start(of: weekly.first), zone.start(of: weekly.first + 1))
      series = weekly
    }
    return """
      INSERT INTO calendar.entry
        (id, owner, name, description, zone, weight, starts, ends, weekdays, from_clock, to_clock, until, created)
      SELECT \(id), \(owner), \(form.name), \(form.description), \(form.zone), \(Int32(form.weight)),
        \(Timestamp(unix: start)), \(Timestamp(unix: end)), \(Int32(series?.weekdays ?? 0)),
        \(series.map { Int32($0.fromClock) }), \(series.map { Int32($0.toClock) }),
        \(series.map { Timestamp(unix: $0.until) }), \(now)
      WHERE (SELECT count(*) FROM calendar.entry WHERE owner = \(owner)) < \(CalendarStore.mostEntries)
      """
  }

  /// False when the caller has no such entry.
  func removeEntry(_ id: UUIDValue, of owner: UUIDValue, at now: Timestamp) async throws -> Bool {
    try await change { transaction in
      let gone = try await transaction.query("DELETE FROM calendar.entry WHERE id = \(id) AND owner = \(owner)")
      guard gone.affected == 1 else { return false }
      try await self.dropReminders(ofEntry: id, transaction, at: now)
      return true
    }
  }

  /// The entries of linked calendars that begin in the wanted time, for lists.
  func imported(of owner: UUIDValue, _ wanted: EventQuery) async throws(PostgresError) -> [ImportedRecord] {
    let rows = try await database.query(
      """
      SELECT \(unescaped: ImportedRecord.columns) FROM calendar.imported i
      WHERE i.owner = \(owner) AND i.source <> \(CalendarStore.fileSource) AND i.starts < \(wanted.to) AND (i.rule IS NOT NULL OR i.ends > \(wanted.from))
      ORDER BY i.starts DESC, i.uid LIMIT \(wanted.limit)
      """
    )
    return try rows.map { row throws(PostgresError) in try ImportedRecord(row) }
  }

  /// Everything of these people that may take time within a range.
  func agenda(of people: [UUIDValue], within range: Range<Int>) async throws(PostgresError) -> Agenda {
    let (from, to) = (Timestamp(unix: range.lowerBound), Timestamp(unix: range.upperBound))
    let results = try await database.atomically([
      """
      SELECT \(unescaped: EntryRecord.columns) FROM calendar.entry n
      WHERE n.owner = ANY(\(people)) AND n.starts < \(to)
        AND ((n.weekdays = 0 AND n.ends > \(from)) OR (n.weekdays <> 0 AND n.until > \(from) - interval '2 days'))
      ORDER BY n.owner, n.starts, n.id
      """,
      """
      SELECT \(unescaped: ImportedRecord.columns) FROM calendar.imported i
      WHERE i.owner = ANY(\(people)) AND i.starts < \(to) AND (i.rule IS NOT NULL OR i.ends > \(from))
      ORDER BY i.owner, i.starts, i.uid
      """,
      """
      SELECT DISTINCT p.id, e.id, e.name, e.description, e.creator_email, e.starts, e.ends
      FROM calendar.event e JOIN calendar.guest g ON g.event = e.id AND g.attends
      JOIN calendar.person p ON p.email = g.email
      WHERE p.id = ANY(\(people)) AND e.state = 'confirmed' AND e.starts < \(to) AND e.ends > \(from)
      ORDER BY p.id, e.starts, e.id
      """,
      """
      SELECT p.id, p.zone, s.hour_days, s.hour_starts, s.hour_ends
      FROM calendar.setting s JOIN calendar.person p ON p.id = s.person
      WHERE s.person = ANY(\(people)) AND cardinality(s.hour_days) > 0
      """,
    ])
    return Agenda(
      entries: try results[0].map { row throws(PostgresError) in try EntryRecord(row) },
      imported: try results[1].map { row throws(PostgresError) in try ImportedRecord(row) },
      meetings: try results[2].map { row throws(PostgresError) in try Agenda.Meeting(row) },
      hours: try results[3].map { row throws(PostgresError) in try Agenda.Hours(row) }
    )
  }
}

/// What people have in their calendars.
struct Agenda: Sendable {
  var entries: [EntryRecord] = []
  var imported: [ImportedRecord] = []
  var meetings: [Meeting] = []
  /// Of those who have set any.
  var hours: [Hours] = []

  struct Hours: Sendable {
    let person: UUIDValue
    let zone: Zone
    let hours: WorkingHours
  }

  /// A real event that a person comes to.
  struct Meeting: Sendable {
    let person: UUIDValue
    let id: UUIDValue
    let name: String
    let description: String
    let creatorEmail: String
    let start: Int
    let end: Int
  }
}

extension Agenda.Hours {
  fileprivate init(_ row: Row) throws(PostgresError) {
    person = try row.get(0)
    zone = Zone(named: try row.get(1)) ?? .utc
    hours = try WorkingHours(days: row.get(2), starts: row.get(3), ends: row.get(4))
  }
}

extension Agenda.Meeting {
  init(_ row: Row) throws(PostgresError) {
    person = try row.get(0)
    id = try row.get(1)
    name = try row.get(2)
    description = try row.get(3)
    creatorEmail = try row.get(4)
    start = try row.get(5, as: Timestamp.self).unix
    end = try row.get(6, as: Timestamp.self).unix
  }
}
