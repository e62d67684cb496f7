import Loop
import Postgres

extension ChatStore {
  /// Each person may come once.
  func keepNames(_ names: [(person: UUIDValue, name: Signature)]) async throws(PostgresError) {
    guard !names.isEmpty else { return }
    try await database.query(
      """
      INSERT INTO chat.person (user_id, name, email)
      SELECT user_id, name, nullif(email, '') FROM unnest(
        \(names.map(\.person))::uuid[], \(names.map(\.name.name))::text[], \(names.map { $0.name.email ?? "" })::text[]
      ) AS known (user_id, name, email)
      ORDER BY user_id
      ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, email = excluded.email
      WHERE (person.name, person.email) IS DISTINCT FROM (excluded.name, excluded.email)
      """,
      deadline: deadline
    )
  }

  func names(of people: [UUIDValue]) async throws(PostgresError) -> [(person: UUIDValue, name: Signature)] {
    let rows = try await database.query(
      "SELECT user_id, name, email FROM chat.person WHERE user_id = ANY(\(people)::uuid[])",
      deadline: deadline
    )
    return try rows.map { row throws(PostgresError) in
      (try row.get(0), Signature(name: try row.get(1), email: try row.get(2)))
    }
  }
}
