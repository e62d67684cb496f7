import Postgres
import Queue
import Telemetry
import Time
import Wire

extension DeliveryStore {
  /// The channel on which copies tell each other that something is due soon.
  static let jobChannel = "delivery_job"

  /// What a job carries from one table to the next.
  static let freight = "id, priority, kind, app, person, body, expires, quiet_from, quiet_until, quiet_zone, trace"

  // MARK: - Taking in

  /// Statements that store the jobs, those with a key once per key, and tell other copies of those that are soon due.
  static func adding(_ jobs: [JobDraft], at now: Timestamp) -> [SQL] {
    let soon = jobs.filter { $0.due <= now + JobLook.horizon }
    let later = jobs.filter { $0.due > now + JobLook.horizon }
    let keyed = jobs.filter { $0.key != nil }
    var statements: [SQL] = []
    if !keyed.isEmpty { statements.append(naming(keyed, at: now)) }
    if !soon.isEmpty { statements.append(adding(soon, to: "delivery.job")) }
    if !later.isEmpty { statements.append(adding(later, to: "delivery.job_later")) }
    if jobs.contains(where: { $0.due <= now + JobLook.announced }) {
      statements.append("SELECT pg_notify('delivery_job', '')")
    }
    return statements
  }

  /// Notes whose each key is. In the order of the keys, so that copies which take the same ones do not wait for each other
  /// in a circle.
  private static func naming(_ jobs: [JobDraft], at now: Timestamp) -> SQL {
    """
    INSERT INTO delivery.job_key (key, job, expires)
    SELECT * FROM unnest(\(jobs.map(\.key)), \(jobs.map(\.id)), \(jobs.map { max(now, $0.due) + Upkeep.memory }))
      AS given (key, job, expires)
    ORDER BY key ON CONFLICT DO NOTHING
    """
  }

  private static func adding(_ jobs: [JobDraft], to table: String) -> SQL {
    """
    INSERT INTO \(unescaped: table) (due, ready, \(unescaped: freight))
    SELECT due, due, id, priority, kind, app, person, body, expires, quiet_from::time, quiet_until::time, quiet_zone, trace
    FROM unnest(\(jobs.map(\.id)), \(jobs.map(\.key)), \(jobs.map(\.priority.rank)), \(jobs.map(\.kind.rawValue)),
      \(jobs.map(\.app.rawValue)), \(jobs.map(\.person)), \(jobs.map { $0.notice.map { Bytea($0.bytes) } }),
      \(jobs.map(\.due)), \(jobs.map(\.expires)), \(jobs.map { $0.quiet?.from }), \(jobs.map { $0.quiet?.until }),
      \(jobs.map { $0.quiet?.zone }), \(jobs.map { $0.trace?.traceparent }))
      AS given (id, key, priority, kind, app, person, body, due, expires, quiet_from, quiet_until, quiet_zone, trace)
    WHERE key IS NULL OR EXISTS (SELECT FROM delivery.job_key k WHERE k.key = given.key AND k.job = given.id)
    ON CONFLICT DO NOTHING
    """
  }

  func add(_ jobs: [JobDraft], at now: Timestamp) async throws(PostgresError) {
    guard !jobs.isEmpty else { return }
    try await database.atomically(DeliveryStore.adding(jobs, at: now))
  }

  // MARK: - Working

  /// Moves what is due before the moment from the cold table to the hot one, the earliest first, and says how many.
  func warmUp(until moment: Timestamp, limit: Int) async throws(PostgresError) -> Int {
    try await database.query(
      """
      WITH picked AS (
        SELECT id, due FROM delivery.job_later WHERE due <= \(moment) ORDER BY due LIMIT \(limit) FOR UPDATE SKIP LOCKED
      ), moved AS (
        DELETE FROM delivery.job_later AS l USING picked
        WHERE l.id = picked.id AND l.due = picked.due AND l.due <= \(moment) RETURNING l.*
      )
      INSERT INTO delivery.job AS held (due, ready, \(unescaped: DeliveryStore.freight))
      SELECT due, ready, \(unescaped: DeliveryStore.freight) FROM moved
      ON CONFLICT (id) DO UPDATE SET due = excluded.due, ready = excluded.ready, attempts = 0, first_try = NULL,
        holder = NULL, lease = NULL
      """
    ).affected
  }

  /// Takes jobs that are ready, the most urgent first, for as long as the lease is renewed.
  ///
  /// The commit does not wait for the disk. A server that crashes at once may forget who had what, and then all of it is
  /// free again: as if the worker had died, what was sent and not yet settled goes out once more under the same id. What is
  /// settled stays so, since that commit waits for the disk and for all that was written before.
  func claim(_ count: Int, for worker: UUIDValue, at now: Timestamp) async throws(PostgresError) -> [ClaimedJob] {
    let results = try await database.atomically([
      "SELECT set_config('synchronous_commit', 'off', true)", claiming(count, for: worker, at: now),
    ])
    return try ClaimedJob.read(results[1])
  }

  private func claiming(_ count: Int, for worker: UUIDValue, at now: Timestamp) -> SQL {
    """
    WITH urgent AS (
      SELECT ctid AS place FROM delivery.job
      WHERE priority = 0 AND ready <= \(now) AND (holder IS NULL OR \(unescaped: DeliveryStore.lease.isOver()))
      ORDER BY ready LIMIT \(count) FOR UPDATE SKIP LOCKED
    ), normal AS (
      SELECT ctid AS place FROM delivery.job
      WHERE priority = 1 AND ready <= \(now) AND (holder IS NULL OR \(unescaped: DeliveryStore.lease.isOver()))
      ORDER BY ready LIMIT \(count) - (SELECT count(*) FROM urgent) FOR UPDATE SKIP LOCKED
    ), bulk AS (
      SELECT ctid AS place FROM delivery.job
      WHERE priority = 2 AND ready <= \(now) AND (holder IS NULL OR \(unescaped: DeliveryStore.lease.isOver()))
      ORDER BY ready LIMIT \(count) - (SELECT count(*) FROM urgent) - (SELECT count(*) FROM normal)
      FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE delivery.job AS j SET holder = \(worker), lease = \(unescaped: DeliveryStore.lease.end),
        attempts = attempts + 1, first_try = coalesce(first_try, \(now))
      WHERE j.ctid = ANY (ARRAY(
        SELECT place FROM urgent UNION ALL SELECT place FROM normal UNION ALL SELECT place FROM bulk))
      RETURNING j.*
    )
    SELECT c.id, c.kind, c.body, c.due, c.expires, c.attempts, c.first_try,
      CASE WHEN c.quiet_from IS NOT NULL THEN
        delivery.quiet_end(\(now), c.quiet_from, c.quiet_until, coalesce(c.quiet_zone, p.timezone, 'UTC')) END,
      m.receive_label,
      CASE WHEN m.id IS NOT NULL AND d.kind = 'ios' THEN (
        SELECT count(*) FROM delivery.message u WHERE u.receiver = m.receiver AND u.visible_at IS NULL
          AND u.bottle IS NULL AND NOT u.is_blocked AND u.delivery_time <= \(now)) ELSE 0 END,
      c.channel, p.email, d.kind, d.address, d.p256dh, d.auth,
      c.trace, \(unescaped: DeliveryStore.newsSeen)
    FROM claimed c
    LEFT JOIN delivery.message m ON c.kind = 'message' AND m.id = c.id AND NOT m.is_blocked AND m.bottle IS NULL
      AND m.delivery_time <= c.due
    LEFT JOIN delivery.person p ON p.id = coalesce(c.person, m.receiver)
    LEFT JOIN LATERAL (\(unescaped: DeliveryStore.devices)) d ON c.reached IS NULL OR d.address <> ALL (c.reached)
    """
  }

  /// A person's devices for an app. What somebody has added last belongs to nobody else, whatever auth told before.
  private static let devices = """
    SELECT os AS kind, token AS address, NULL::bytea AS p256dh, NULL::bytea AS auth FROM delivery.device t
    WHERE t.person = p.id AND t.app = c.app AND NOT EXISTS (SELECT FROM delivery.added_device WHERE address = t.token)
    UNION ALL
    SELECT kind, address, p256dh, auth FROM delivery.added_device a WHERE a.person = p.id AND coalesce(a.app, c.app) = c.app
    """

  /// Keeps what is still the worker's for another lease, and answers what that is.
  func renew(_ jobs: [UUIDValue], for worker: UUIDValue) async throws(PostgresError) -> [UUIDValue] {
    let rows = try await database.query(
      """
      UPDATE delivery.job SET lease = \(unescaped: DeliveryStore.lease.end)
      WHERE id = ANY(\(jobs)) AND holder = \(worker) RETURNING id
      """
    )
    return try rows.map { row throws(PostgresError) in try row.get(0) }
  }

  /// What a worker must know to sleep: the next job of either table that nobody has, and whether others have something that
  /// may come back. Also of the cold table, because another copy may be the one that empties it, and then die.
  func outlook(for worker: UUIDValue, at now: Timestamp) async throws(PostgresError) -> Outlook {
    let row = try await database.query(
      """
      SELECT least(\(unescaped: DeliveryStore.nextOf(0)), \(unescaped: DeliveryStore.nextOf(1)),
          \(unescaped: DeliveryStore.nextOf(2)), (SELECT due FROM delivery.job_later ORDER BY due LIMIT 1)),
        EXISTS (SELECT FROM delivery.job WHERE priority IN (0, 1, 2) AND ready <= \(now) AND holder <> \(worker))
      """
    )[0]
    return Outlook(due: try row.get(0), othersHold: try row.get(1))
  }

  private static func nextOf(_ priority: Int) -> String {
    "(SELECT ready FROM delivery.job WHERE priority = \(priority) AND holder IS NULL ORDER BY ready LIMIT 1)"
  }

  /// When the first job of the cold table is due.
  func firstLater() async throws(PostgresError) -> Timestamp? {
    try await database.query("SELECT due FROM delivery.job_later ORDER BY due LIMIT 1").first?.get(0)
  }
}
