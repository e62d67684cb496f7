import Postgres
import Time
import Wire

extension DeliveryStore {
  /// What a snapshot has changed.
  struct NotedPerson: Sendable {
    /// False when a newer one is known, and then nothing changed.
    var isNews: Bool
    var isElsewhere: Bool
    /// Nobody was told yet who has the number.
    var isNewcomer: Bool
  }

  /// Takes a snapshot in, with its devices.
  func note(_ call: Delivery.NotePerson, of id: UUIDValue) async throws(PostgresError) -> NotedPerson {
    let results = try await database.atomically([
      "SELECT FROM delivery.person WHERE id = \(id) AND timezone IS DISTINCT FROM \(call.timezone)",
      """
      INSERT INTO delivery.person AS held (id, revision, email, name, country, phone, timezone)
      VALUES (\(id), \(call.revision), \(call.email), \(call.name), \(call.country), \(call.phone),
        \(call.timezone))
      ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, email = excluded.email, name = excluded.name,
        country = excluded.country, phone = excluded.phone, timezone = excluded.timezone
      WHERE held.revision <= excluded.revision
      RETURNING phone IS NOT NULL AND greeted IS DISTINCT FROM phone
      """,
      """
      DELETE FROM delivery.device WHERE person = \(id)
        AND EXISTS (SELECT FROM delivery.person WHERE id = \(id) AND revision = \(call.revision))
      """,
      """
      INSERT INTO delivery.device (person, app, os, token)
      SELECT DISTINCT ON (app, token) \(id), app, os, token
      FROM unnest(\(call.devices.map(\.app.rawValue)), \(call.devices.map(\.os.rawValue)),
        \(call.devices.map(\.token))) AS given (app, os, token)
      WHERE EXISTS (SELECT FROM delivery.person WHERE id = \(id) AND revision = \(call.revision))
      ON CONFLICT DO NOTHING
      """,
    ])
    let isNews = results[1].affected == 1
    let isNewcomer = try results[1].first.map { row throws(PostgresError) in try row.get(0, as: Bool.self) } ?? false
    return NotedPerson(isNews: isNews, isElsewhere: isNews && !results[0].isEmpty, isNewcomer: isNewcomer)
  }

  // MARK: - Blocks

  /// Blocks people for good, and what is under way between them and the caller.
  func block(_ people: [UUIDValue], by person: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    try await database.query(
      """
      INSERT INTO delivery.block (person, blocked) SELECT \(person), * FROM unnest(\(people)) AS blocked
      WHERE blocked <> \(person) ON CONFLICT DO NOTHING
      """
    )
    // After the blocks are committed: who sends from now on sees them.
    try await database.query(
      """
      UPDATE delivery.message SET is_blocked = true
      WHERE delivery_time > \(now) AND NOT is_blocked AND bottle IS NULL AND sender <> receiver
        AND ((sender = \(person) AND receiver = ANY(\(people))) OR (sender = ANY(\(people)) AND receiver = \(person)))
      """
    )
  }

  func unblock(_ people: [UUIDValue], by person: UUIDValue) async throws(PostgresError) {
    try await database.query(
      "DELETE FROM delivery.block WHERE person = \(person) AND blocked = ANY(\(people))"
    )
  }

  // MARK: - Standing

  /// The stored rank, and how many of the person's messages are under way, counted up to a hundred.
  func standing(of person: UUIDValue, at now: Timestamp) async throws(PostgresError) -> (rank: Int, underway: Int) {
    let row = try await database.query(
      """
      SELECT coalesce((SELECT rank FROM delivery.standing WHERE person = \(person)), 0), (SELECT count(*) FROM (
        SELECT FROM delivery.message WHERE sender = \(person) AND delivery_time > \(now) AND delivery_time > created
        UNION ALL
        SELECT FROM delivery.message
        WHERE sender = \(person) AND bottle IS NOT NULL AND delivery_time <= \(now) AND delivery_time > created
        LIMIT 100) AS underway)
      """
    )[0]
    return (try row.get(0), try row.get(1))
  }

  func raise(_ person: UUIDValue, to rank: Int) async throws(PostgresError) {
    try await database.query(
      """
      INSERT INTO delivery.standing AS held (person, rank) VALUES (\(person), \(rank))
      ON CONFLICT (person) DO UPDATE SET rank = excluded.rank WHERE held.rank < excluded.rank
      """
    )
  }
}
