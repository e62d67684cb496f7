import Almanac
import Postgres
import Time
import Wire

extension CalendarStore {
  /// Entries that one person may have.
  static let mostEntries = 2000

  /// Stores an entry; false when the owner has as many as one may.
  func add(_ form: EntryForm, id: UUIDValue, of owner: UUIDValue, at now: Timestamp) async throws(PostgresError) -> Bool
  {
    let zone = Zone(named: form.zone) ?? .utc
    var (start, end) = (0, 0)
    var series: EntrySeries?
    switch form.span {
    case .single(let from, let to): (start, end) = (from, to)
    case .weekly(let weekly):
      (start, end) = (zone.start(of: weekly.first), zone.start(of: weekly.first + 1))
      series = weekly
    }
    let rows = try await database.query(
      """
      INSERT INTO calendar.entry
        (id, owner, name, description, zone, weight, starts, ends, weekdays, from_clock, to_clock, until, created)
      SELECT \(id), \(owner), \(form.name), \(form.description), \(form.zone), \(Int32(form.weight)),
        \(Timestamp(unix: start)), \(Timestamp(unix: end)), \(Int32(series?.weekdays ?? 0)),
        \(series.map { Int32($0.fromClock) }), \(series.map { Int32($0.toClock) }),
        \(series.map { Timestamp(unix: $0.until) }), \(now)
      WHERE (SELECT count(*) FROM calendar.entry WHERE owner = \(owner)) < \(CalendarStore.mostEntries)
      """
    )
    return rows.affected == 1
  }

  /// False when the caller has no such entry.
  func removeEntry(_ id: UUIDValue, of owner: UUIDValue) async throws(PostgresError) -> Bool {
    try await database.query("DELETE FROM calendar.entry WHERE id = \(id) AND owner = \(owner)").affected == 1
  }

  /// The entries of linked calendars that begin in the wanted time, for lists.
  func imported(of owner: UUIDValue, _ wanted: EventQuery) async throws(PostgresError) -> [ImportedRecord] {
    let rows = try await database.query(
      """
      SELECT \(unescaped: ImportedRecord.columns) FROM calendar.imported i
      WHERE i.owner = \(owner) AND i.starts < \(wanted.to) AND (i.rule IS NOT NULL OR i.ends > \(wanted.from))
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
    ])
    return Agenda(
      entries: try results[0].map { row throws(PostgresError) in try EntryRecord(row) },
      imported: try results[1].map { row throws(PostgresError) in try ImportedRecord(row) },
      meetings: try results[2].map { row throws(PostgresError) in try Agenda.Meeting(row) }
    )
  }
}

/// What people have in their calendars.
struct Agenda: Sendable {
  var entries: [EntryRecord] = []
  var imported: [ImportedRecord] = []
  var meetings: [Meeting] = []

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
