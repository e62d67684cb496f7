import Postgres
import Time
import Wire

extension DeliveryStore {
  /// Takes a job back, unless a worker has it.
  func cancel(key: String) async throws(PostgresError) -> Delivery.JobChange.Outcome {
    let results = try await database.atomically([
      "SELECT job FROM delivery.job_key WHERE key = \(key)",
      """
      DELETE FROM delivery.job WHERE holder IS NULL AND id = (SELECT job FROM delivery.job_key WHERE key = \(key))
      """,
      "DELETE FROM delivery.job_later WHERE id = (SELECT job FROM delivery.job_key WHERE key = \(key))",
    ])
    guard !results[0].isEmpty else { return .unknown }
    return results[1].affected + results[2].affected > 0 ? .done : .tooLate
  }

  /// Moves a job to another moment, unless a worker has it. It goes through the cold table, which the next look empties of
  /// what is due soon.
  func reschedule(key: String, to moment: Timestamp) async throws(PostgresError) -> Delivery.JobChange.Outcome {
    let columns = DeliveryStore.freight
    let results = try await database.atomically([
      "SELECT job FROM delivery.job_key WHERE key = \(key)",
      """
      WITH named AS (
        SELECT job FROM delivery.job_key WHERE key = \(key)
      ), hot AS (
        DELETE FROM delivery.job WHERE holder IS NULL AND id = (SELECT job FROM named) RETURNING \(unescaped: columns)
      ), cold AS (
        DELETE FROM delivery.job_later WHERE id = (SELECT job FROM named) RETURNING \(unescaped: columns)
      )
      INSERT INTO delivery.job_later (due, ready, \(unescaped: columns))
      SELECT \(moment), \(moment), \(unescaped: columns) FROM (SELECT * FROM hot UNION ALL SELECT * FROM cold) AS held
      LIMIT 1
      """,
      "SELECT pg_notify('delivery_job', '')",
    ])
    guard !results[0].isEmpty else { return .unknown }
    return results[1].affected > 0 ? .done : .tooLate
  }

  /// Gives dead jobs another life, some at a time, and says how many.
  func replay(kind: String?, reason: String?, limit: Int, at now: Timestamp) async throws(PostgresError) -> Int {
    try await database.query("SELECT delivery.replay(\(kind), \(reason), \(limit)::integer, \(now))")[0].get(0)
  }

  /// Lets what waits for the end of a person's quiet hours be looked at again, by the rules of the zone the person is in
  /// now.
  func rezone(_ person: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    try await database.query(
      """
      WITH woken AS (
        DELETE FROM delivery.job_later WHERE person = \(person) AND wanted IS NOT NULL AND quiet_zone IS NULL RETURNING *
      )
      INSERT INTO delivery.job (due, ready, \(unescaped: DeliveryStore.freight))
      SELECT \(now), \(now), \(unescaped: DeliveryStore.freight) FROM woken ON CONFLICT DO NOTHING
      """
    )
  }

  /// Whether the server knows the hours and the zone, which is what they will be read by.
  func accepts(_ quiet: Delivery.QuietHours, at now: Timestamp) async throws(PostgresError) {
    try await database.query(
      "SELECT \(quiet.from)::time, \(quiet.until)::time, timezone(\(quiet.zone ?? "UTC"), \(now))"
    )
  }

  /// Forgets keys that stop nothing any more, and what died long ago.
  func forgetKeys(expiredBy now: Timestamp, diedBefore moment: Timestamp) async throws(PostgresError) {
    try await database.atomically([
      "DELETE FROM delivery.sent_key WHERE expires <= \(now)", "DELETE FROM delivery.job_key WHERE expires <= \(now)",
      "DELETE FROM delivery.dead_job WHERE ended < \(moment)",
    ])
  }

  /// Jobs whose time has come and that are not done, and when the oldest of them was due.
  func jobBacklog(at now: Timestamp) async throws(PostgresError) -> (jobs: Int, oldest: Timestamp?) {
    let row = try await database.query("SELECT count(*), min(due) FROM delivery.job WHERE due <= \(now)")[0]
    return (try row.get(0), try row.get(1))
  }
}
