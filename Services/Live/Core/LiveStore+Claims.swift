import Loop
import Postgres
import Time

// Names that belong to somebody.
extension LiveStore {
  func claims() async throws(PostgresError) -> [(name: String, digest: [UInt8])] {
    let sql: SQL = "SELECT name, digest FROM live.claim"
    return try await database.query(sql.labelled("live.claims"), deadline: deadline)
      .map { row throws(PostgresError) in
        (name: try row.get(0), digest: try row.get(1, as: Bytea.self).bytes)
      }
  }

  /// False when the name belongs to somebody already.
  func claim(_ name: String, _ digest: [UInt8], at moment: Timestamp) async throws(PostgresError) -> Bool {
    let sql: SQL = """
      INSERT INTO live.claim (name, digest, claimed_at) VALUES (\(name), \(Bytea(digest)), \(moment))
      ON CONFLICT DO NOTHING
      """
    return try await database.query(sql.labelled("live.claim"), deadline: deadline).affected == 1
  }

  /// Forgets a name: what it clicked counts on under another, without the comments.
  func forget(_ name: String, for other: String) async throws(PostgresError) {
    try await database.atomically(
      [
        "DELETE FROM live.claim WHERE name = \(name)",
        "UPDATE live.click SET user_name = \(other), comment = NULL WHERE user_name = \(name)",
        "UPDATE live.event SET user_name = \(other) WHERE user_name = \(name)",
        """
        WITH gone AS (DELETE FROM live.person WHERE name = \(name) RETURNING click_count, event_count)
        INSERT INTO live.person AS held (name, click_count, event_count) SELECT \(other), click_count, event_count FROM gone
        ON CONFLICT (name) DO UPDATE SET
          click_count = held.click_count + excluded.click_count,
          event_count = held.event_count + excluded.event_count
        """,
      ],
      deadline: deadline
    )
  }
}
