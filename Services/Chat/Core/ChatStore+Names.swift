import Loop
import Postgres

extension ChatStore {
  /// Each person may come once.
  func keepNames(_ names: [(person: UUIDValue, name: String)]) async throws(PostgresError) {
    guard !names.isEmpty else { return }
    try await database.query(
      """
      INSERT INTO chat.person (user_id, name)
      SELECT * FROM unnest(\(names.map(\.person))::uuid[], \(names.map(\.name))::text[]) AS known (user_id, name)
      ORDER BY user_id
      ON CONFLICT (user_id) DO UPDATE SET name = excluded.name WHERE person.name <> excluded.name
      """,
      deadline: deadline
    )
  }

  func names(of people: [UUIDValue]) async throws(PostgresError) -> [(person: UUIDValue, name: String)] {
    let rows = try await database.query(
      "SELECT user_id, name FROM chat.person WHERE user_id = ANY(\(people)::uuid[])",
      deadline: deadline
    )
    return try rows.map { row throws(PostgresError) in (try row.get(0), try row.get(1)) }
  }
}
