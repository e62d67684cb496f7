import Almanac
import Postgres
import Time
import Wire

extension CalendarStore {
  /// Keeps who somebody is, for when others ask about them. An e-mail belongs to the one who showed up with it last.
  func note(_ caller: Caller) async throws(PostgresError) {
    try await database.atomically([
      "UPDATE calendar.person SET email = NULL WHERE email = \(caller.email) AND id <> \(caller.id)",
      """
      INSERT INTO calendar.person (id, email, zone) VALUES (\(caller.id), \(caller.email), \(caller.zone.name))
      ON CONFLICT (id) DO UPDATE SET email = excluded.email, zone = excluded.zone
      """,
    ])
  }

  /// The accounts behind e-mails, as far as they have called the calendar.
  func people(_ emails: [String]) async throws(PostgresError) -> [String: UUIDValue] {
    var people: [String: UUIDValue] = [:]
    for row in try await database.query("SELECT email, id FROM calendar.person WHERE email = ANY(\(emails))") {
      people[try row.get(0)] = try row.get(1)
    }
    return people
  }

  // MARK: - Positions; the last one only

  func place(_ caller: UUIDValue, at position: Position, now: Timestamp) async throws(PostgresError) {
    try await database.query(
      """
      UPDATE calendar.person SET lat = \(position.latitude), lon = \(position.longitude), placed = \(now)
      WHERE id = \(caller)
      """
    )
  }

  /// Positions younger than a moment of those who have one.
  func positions(of emails: [String], since moment: Timestamp) async throws(PostgresError) -> [PlacedPerson] {
    let rows = try await database.query(
      """
      SELECT email, lat, lon, placed FROM calendar.person
      WHERE email = ANY(\(emails)) AND placed >= \(moment) ORDER BY email
      """
    )
    return try rows.map { row throws(PostgresError) in
      PlacedPerson(email: try row.get(0), lat: try row.get(1), lon: try row.get(2), placed: try row.get(3))
    }
  }
}

struct PlacedPerson: Sendable {
  let email: String
  let lat: String
  let lon: String
  let placed: Timestamp
}
