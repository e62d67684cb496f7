import Postgres
import Time
import Wire

/// A job with what became of it.
struct SettledJob: Sendable {
  let job: ClaimedJob
  let verdict: JobVerdict
  /// Who said so; nil where nobody was asked.
  var provider: ProviderName?

  var isComingAgain: Bool {
    switch verdict {
    case .retry, .wait: true
    case .done, .dead: false
    }
  }

  /// Whether this was a message's time: it came, whatever became of the push.
  var isAttended: Bool {
    if case .wait = verdict { return false }
    return job.kind == .message && job.label != nil
  }
}

extension DeliveryStore {
  /// Notes what became of some jobs, of those that are still the worker's. May be repeated.
  func settle(_ settled: [SettledJob], for worker: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    let sorted = SortedVerdicts(settled, at: now)
    var statements: [SQL] = []
    if !sorted.attended.isEmpty { statements.append(DeliveryStore.marking(sorted.attended)) }
    if !sorted.ended.isEmpty {
      statements.append("DELETE FROM delivery.job WHERE id = ANY(\(sorted.ended)) AND holder = \(worker)")
    }
    if !sorted.dead.isEmpty { statements.append(DeliveryStore.burying(sorted, worker, now)) }
    if !sorted.resting.isEmpty { statements.append(DeliveryStore.resting(sorted, worker)) }
    if !sorted.tokens.isEmpty {
      statements.append("DELETE FROM delivery.device WHERE token = ANY(\(sorted.tokens))")
    }
    if !sorted.endpoints.isEmpty {
      statements.append("DELETE FROM delivery.web_subscription WHERE endpoint = ANY(\(sorted.endpoints))")
    }
    try await database.atomically(statements)
  }

  private static func resting(_ sorted: SortedVerdicts, _ worker: UUIDValue) -> SQL {
    """
    UPDATE delivery.job AS j SET ready = given.moment, reason = coalesce(given.reason, j.reason),
      attempts = attempts - given.untried, holder = NULL, lease = NULL,
      first_try = CASE WHEN attempts - given.untried = 0 THEN NULL ELSE first_try END
    FROM unnest(\(sorted.resting), \(sorted.moments), \(sorted.reasons), \(sorted.untried))
      AS given (id, moment, reason, untried)
    WHERE j.id = given.id AND j.holder = \(worker)
    """
  }

  private static func marking(_ messages: [UUIDValue]) -> SQL {
    "UPDATE delivery.message SET notif_delivered = true WHERE id = ANY(\(messages)) AND NOT notif_delivered"
  }

  private static func burying(_ sorted: SortedVerdicts, _ worker: UUIDValue, _ now: Timestamp) -> SQL {
    """
    WITH gone AS (
      DELETE FROM delivery.job AS j USING unnest(\(sorted.dead), \(sorted.deathReasons)) AS given (id, reason)
      WHERE j.id = given.id AND j.holder = \(worker)
      RETURNING j.id, j.priority, j.kind, j.app, j.person, j.body, j.due, j.attempts, given.reason
    )
    INSERT INTO delivery.dead_job (id, priority, kind, app, person, body, due, attempts, reason, ended)
    SELECT id, priority, kind, app, person, body, due, attempts, reason, \(now) FROM gone
    ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, reason = excluded.reason, ended = excluded.ended
    """
  }

  // MARK: - Changes from outside

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
    let columns = "id, priority, kind, app, person, body, expires, quiet_from, quiet_until, quiet_zone"
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
    try await database.query(
      """
      WITH picked AS (
        DELETE FROM delivery.dead_job WHERE id IN (
          SELECT id FROM delivery.dead_job WHERE (\(kind)::text IS NULL OR kind = \(kind))
            AND (\(reason)::text IS NULL OR starts_with(reason, \(reason)))
          ORDER BY ended LIMIT \(limit))
        RETURNING id, priority, kind, app, person, body, due
      )
      INSERT INTO delivery.job (id, priority, kind, app, person, body, due, ready)
      SELECT id, priority, kind, app, person, body, due, \(now) FROM picked ON CONFLICT DO NOTHING
      """
    ).affected
  }

  func subscribe(_ person: UUIDValue, to web: WebSubscription) async throws(PostgresError) {
    try await database.query(
      """
      INSERT INTO delivery.web_subscription (person, endpoint, p256dh, auth)
      VALUES (\(person), \(web.endpoint), \(Bytea(web.p256dh)), \(Bytea(web.auth)))
      ON CONFLICT (person) DO UPDATE SET endpoint = excluded.endpoint, p256dh = excluded.p256dh, auth = excluded.auth
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

/// Verdicts in columns, as statements take them.
private struct SortedVerdicts {
  var attended: [UUIDValue] = []
  var ended: [UUIDValue] = []
  var dead: [UUIDValue] = []
  var deathReasons: [String] = []
  var resting: [UUIDValue] = []
  var moments: [Timestamp] = []
  var reasons: [String?] = []
  /// One where the claim was no try.
  var untried: [Int] = []
  var tokens: [String] = []
  var endpoints: [String] = []

  init(_ settled: [SettledJob], at now: Timestamp) {
    for one in settled {
      if one.isAttended { attended.append(one.job.id) }
      switch one.verdict {
      case .done(let end):
        ended.append(one.job.id)
        if end == .unregistered { drop(one) }
      case .dead(let reason):
        dead.append(one.job.id)
        deathReasons.append(reason)
      case .retry(let span, let reason): rest(one.job.id, now + span, reason, untried: 0)
      case .wait(let moment): rest(one.job.id, moment, nil, untried: 1)
      }
    }
  }

  private mutating func rest(_ id: UUIDValue, _ moment: Timestamp, _ reason: String?, untried count: Int) {
    resting.append(id)
    moments.append(moment)
    reasons.append(reason)
    untried.append(count)
  }

  private mutating func drop(_ one: SettledJob) {
    if one.provider == .web {
      if let web = one.job.addresses.web { endpoints.append(web.endpoint) }
    } else if let token = one.job.addresses.token {
      tokens.append(token)
    }
  }
}
