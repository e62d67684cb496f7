import Postgres
import Time

extension CalendarStore {
  func storeFeed(_ hash: [UInt8], of owner: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    try await database.query(
      """
      INSERT INTO calendar.feed (owner, hash, made) VALUES (\(owner), \(Bytea(hash)), \(now))
      ON CONFLICT (owner) DO UPDATE SET hash = excluded.hash, made = excluded.made
      """
    )
  }

  /// False when there was none.
  func removeFeed(of owner: UUIDValue) async throws(PostgresError) -> Bool {
    try await database.query("DELETE FROM calendar.feed WHERE owner = \(owner)").affected == 1
  }

  /// Whose feed it is, with their e-mail; nil for a token that is no longer good.
  func owner(ofFeed hash: [UInt8]) async throws(PostgresError) -> (id: UUIDValue, email: String?)? {
    let rows = try await database.query(
      """
      SELECT f.owner, p.email FROM calendar.feed f LEFT JOIN calendar.person p ON p.id = f.owner
      WHERE f.hash = \(Bytea(hash))
      """
    )
    guard let row = rows.first else { return nil }
    return (try row.get(0), try row.get(1))
  }

  /// Real events that a person comes to, also those that were cancelled, around now.
  func feedEvents(of owner: UUIDValue, email: String?, at now: Timestamp) async throws(PostgresError) -> [EventRecord] {
    let rows = try await database.query(
      """
      SELECT e.id FROM calendar.event e
      WHERE e.starts IS NOT NULL AND e.ends > \(now - .seconds(90 * 86_400)) AND e.starts < \(now + .seconds(400 * 86_400))
        AND (e.creator = \(owner)
          OR e.id IN (SELECT event FROM calendar.guest WHERE email = \(email) AND attends))
      ORDER BY e.starts, e.id LIMIT 1000
      """
    )
    var events: [EventRecord] = []
    for row in rows { if let event = try await event(try row.get(0)) { events.append(event) } }
    return events
  }
}
