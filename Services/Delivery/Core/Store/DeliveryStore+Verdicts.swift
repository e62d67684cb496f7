import Postgres
import Time
import Wire

/// A job with what became of it.
struct SettledJob: Sendable {
  let job: ClaimedJob
  let verdict: JobVerdict
  /// What each target's provider said; none where nobody was asked.
  var results: [PushResult] = []

  var isComingAgain: Bool {
    switch verdict {
    case .retry, .wait, .expectNews: true
    case .done, .dead: false
    }
  }

  /// Devices that have it now.
  var reached: [PushTarget] { results.filter { $0.outcome == .sent }.map(\.target) }

  /// Whether this was a message's time: it came, whatever became of the push.
  var isAttended: Bool {
    switch verdict {
    case .wait, .expectNews: false
    case .done, .retry, .dead: job.kind == .message && job.label != nil
    }
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
    statements += sorted.reached.map { DeliveryStore.reaching($0, worker) }
    if !sorted.parked.isEmpty { statements.append(DeliveryStore.parking(sorted, worker)) }
    if !sorted.resting.isEmpty { statements.append(DeliveryStore.resting(sorted, worker)) }
    if !sorted.gone.isEmpty {
      statements.append("DELETE FROM delivery.device WHERE token = ANY(\(sorted.gone))")
      statements.append("DELETE FROM delivery.added_device WHERE address = ANY(\(sorted.gone))")
    }
    try await database.atomically(statements)
    if !sorted.expectant.isEmpty { try await rouse(sorted.expectant, seen: sorted.newsSeen, at: now) }
  }

  private static func resting(_ sorted: SortedVerdicts, _ worker: UUIDValue) -> SQL {
    """
    UPDATE delivery.job AS j SET ready = given.moment, reason = coalesce(given.reason, j.reason),
      attempts = attempts - given.untried, holder = NULL, lease = NULL,
      first_try = CASE WHEN attempts - given.untried = 0 AND given.reason IS NULL THEN NULL ELSE first_try END
    FROM unnest(\(sorted.resting), \(sorted.moments), \(sorted.reasons), \(sorted.untried))
      AS given (id, moment, reason, untried)
    WHERE j.id = given.id AND j.holder = \(worker)
    """
  }

  /// Which devices a job that comes again need not ring any more.
  private static func reaching(_ one: SettledJob, _ worker: UUIDValue) -> SQL {
    """
    UPDATE delivery.job SET channel = \(one.reached[0].channel.rawValue),
      reached = coalesce(reached, '{}') || \(one.reached.compactMap(\.address))
    WHERE id = \(one.job.id) AND holder = \(worker)
    """
  }

  /// Puts what waits for the end of quiet hours among what is for later, so that a night's worth does not fill the hot
  /// table.
  private static func parking(_ sorted: SortedVerdicts, _ worker: UUIDValue) -> SQL {
    """
    WITH gone AS (
      DELETE FROM delivery.job AS j USING unnest(\(sorted.parked), \(sorted.parkedUntil)) AS given (id, moment)
      WHERE j.id = given.id AND j.holder = \(worker) RETURNING j.*, given.moment
    )
    INSERT INTO delivery.job_later (due, ready, wanted, \(unescaped: freight))
    SELECT moment, moment, due, \(unescaped: freight) FROM gone ON CONFLICT DO NOTHING
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
      RETURNING j.*, given.reason AS why
    )
    INSERT INTO delivery.dead_job (due, attempts, reason, ended, \(unescaped: freight))
    SELECT due, attempts, why, \(now), \(unescaped: freight) FROM gone
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
  /// Jobs for after the night, and when it ends for each.
  var parked: [UUIDValue] = []
  var parkedUntil: [Timestamp] = []
  /// Jobs that wait for news, with the revision of the last that each has seen.
  var expectant: [UUIDValue] = []
  var newsSeen: [Int] = []
  /// Jobs that come again, and have reached some of their devices.
  var reached: [SettledJob] = []
  /// Addresses that are of no use any more.
  var gone: [String] = []

  init(_ settled: [SettledJob], at now: Timestamp) {
    for one in settled {
      if one.isAttended { attended.append(one.job.id) }
      gone += one.results.filter { $0.outcome == .unregistered }.compactMap(\.target.address)
      switch one.verdict {
      case .done: ended.append(one.job.id)
      case .dead(let reason):
        dead.append(one.job.id)
        deathReasons.append(reason)
      case .retry(let span, let reason):
        if !one.reached.isEmpty { reached.append(one) }
        rest(one.job.id, now + span, reason, untried: 0)
      case .wait(let moment) where moment > now + JobLook.horizon && one.job.attempts == 1:
        parked.append(one.job.id)
        parkedUntil.append(moment)
      case .wait(let moment): rest(one.job.id, moment, nil, untried: 1)
      case .expectNews(let moment):
        expectant.append(one.job.id)
        newsSeen.append(one.job.newsSeen ?? ClaimedJob.noNews)
        rest(one.job.id, moment, NewsRule.unknown, untried: 1)
      }
    }
  }

  private mutating func rest(_ id: UUIDValue, _ moment: Timestamp, _ reason: String?, untried count: Int) {
    resting.append(id)
    moments.append(moment)
    reasons.append(reason)
    untried.append(count)
  }
}
