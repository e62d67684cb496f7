import Postgres
import Time

/// What a private address shows.
enum FeedKind: String, Sendable {
  case events
  /// Only when the person is busy.
  case freeBusy = "free_busy"

  fileprivate var table: String {
    switch self {
    case .events: "calendar.feed"
    case .freeBusy: "calendar.free_busy_feed"
    }
  }
}

/// What is behind a private address.
struct FeedRecord: Sendable {
  let kind: FeedKind
  let owner: UUIDValue
  let email: String?
}

extension CalendarStore {
  func storeFeed(
    _ kind: FeedKind,
    _ hash: [UInt8],
    of owner: UUIDValue,
    at now: Timestamp
  ) async throws(PostgresError) {
    try await database.query(
      """
      INSERT INTO \(unescaped: kind.table) (owner, hash, made) VALUES (\(owner), \(Bytea(hash)), \(now))
      ON CONFLICT (owner) DO UPDATE SET hash = excluded.hash, made = excluded.made
      """
    )
  }

  /// False when there was none.
  func removeFeed(_ kind: FeedKind, of owner: UUIDValue) async throws(PostgresError) -> Bool {
    try await database.query("DELETE FROM \(unescaped: kind.table) WHERE owner = \(owner)").affected == 1
  }

  /// Nil for a token that is no longer good.
  func feed(_ hash: [UInt8]) async throws(PostgresError) -> FeedRecord? {
    let rows = try await database.query(
      """
      SELECT f.kind, f.owner, p.email FROM (
        SELECT 'events' AS kind, owner FROM calendar.feed WHERE hash = \(Bytea(hash))
        UNION ALL SELECT 'free_busy', owner FROM calendar.free_busy_feed WHERE hash = \(Bytea(hash))
      ) AS f LEFT JOIN calendar.person p ON p.id = f.owner
      """
    )
    guard let row = rows.first else { return nil }
    let kind = FeedKind(rawValue: try row.get(0)) ?? .events
    return FeedRecord(kind: kind, owner: try row.get(1), email: try row.get(2))
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
