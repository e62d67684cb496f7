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
