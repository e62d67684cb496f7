import Postgres
import Time

/// Jobs that wait for news of their person. Whoever tells commits the news and then looks for jobs; who lets jobs wait commits
/// that and then looks for news. So whoever comes second sees the other.
extension DeliveryStore {
  /// As a statement must write it for the index of these jobs to be used.
  private static let awaitsNews = "reason = '\(NewsRule.unknown)'"

  /// Of a claimed job `c` with its person `p`: the revision of the news that this look sees, where the job waits or must.
  static let newsSeen = """
    CASE WHEN c.person IS NOT NULL AND (p.id IS NULL OR c.\(awaitsNews)) THEN coalesce(p.revision, \(ClaimedJob.noNews)) END
    """

  /// Lets what waits for a person be looked at now. The time that it may still wait begins anew.
  func rouse(waitingFor person: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    try await database.query(
      """
      UPDATE delivery.job SET ready = \(now), first_try = \(now)
      WHERE person = \(person) AND \(unescaped: DeliveryStore.awaitsNews) AND holder IS NULL
      """
    )
  }

  /// The same for those of some jobs whose persons there is other news of than was seen when each was claimed.
  func rouse(_ jobs: [UUIDValue], seen: [Int], at now: Timestamp) async throws(PostgresError) {
    try await database.query(
      """
      UPDATE delivery.job AS j SET ready = \(now), first_try = \(now)
      FROM unnest(\(jobs), \(seen)) AS given (id, seen), delivery.person AS p
      WHERE j.id = given.id AND p.id = j.person AND p.revision <> given.seen
        AND j.\(unescaped: DeliveryStore.awaitsNews) AND j.holder IS NULL
      """
    )
  }
}
