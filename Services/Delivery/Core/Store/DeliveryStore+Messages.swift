import Postgres
import Telemetry
import Time

extension DeliveryStore {
  /// How long a key of the sender's own stops a repetition, and how long a photo's name does.
  static let keyLife = Duration.seconds(86_400)
  static let photoLife = Duration.seconds(3600)

  /// Stores the messages of some requests with their pushes, but none whose key was used lately. Requests of one sender
  /// with keys must not come together.
  func send(_ parcels: [Parcel], at now: Timestamp) async throws(PostgresError) {
    let announced = parcels.filter { $0.plan.messages.contains { $0.announcement != nil } }
    var statements = [storing(parcels, at: now)]
    if !announced.isEmpty { statements.append(announcing(announced, at: now)) }
    if !announced.isEmpty || parcels.contains(where: { $0.form.moment <= now + JobLook.announced }) {
      statements.append("SELECT pg_notify('delivery_job', '')")
    }
    try await database.atomically(statements)
  }

  /// The part of `storing` that puts the messages' jobs into one of the two tables.
  private func queueing(in table: StaticString, if isThere: Bool, _ condition: StaticString) -> String {
    guard isThere else { return "" }
    return """
      , in_\(table) AS (
        INSERT INTO delivery.\(table) (id, priority, kind, app, due, ready, trace)
        SELECT id, 1, 'message', 'pictever', moment, moment, trace FROM fresh_message
        WHERE bottle IS NULL AND NOT is_blocked AND \(condition)
      )
      """
  }

  private func announcing(_ parcels: [Parcel], at now: Timestamp) -> SQL {
    let told = parcels.flatMap { one in
      one.plan.messages.compactMap { message in
        message.announcement.map { (id: message.id, body: Bytea(Notice($0).bytes), trace: one.trace?.traceparent) }
      }
    }
    return """
      INSERT INTO delivery.job (id, priority, kind, app, person, body, due, ready, trace)
      SELECT gen_random_uuid(), 2, 'announcement', 'pictever', m.receiver, given.body, \(now), \(now), given.trace
      FROM unnest(\(told.map(\.id)), \(told.map(\.body)), \(told.map(\.trace))) AS given (id, body, trace)
      JOIN delivery.message m ON m.id = given.id
      """
  }

  private func storing(_ parcels: [Parcel], at now: Timestamp) -> SQL {
    let messages = parcels.flatMap(\.plan.messages)
    let requests = parcels.enumerated().flatMap { number, one in one.plan.messages.map { _ in number } }
    let contents = parcels.map(\.form.content)
    let horizon = now + JobLook.horizon
    let soon = queueing(in: "job", if: parcels.contains { $0.form.moment <= horizon }, "is_soon")
    let later = queueing(in: "job_later", if: parcels.contains { $0.form.moment > horizon }, "NOT is_soon")
    return """
      WITH request AS (
        SELECT * FROM unnest(\(Array(parcels.indices)), \(parcels.map(\.sender)), \(contents.map(\.text)),
          \(contents.map(\.photo)), \(contents.map(\.video)), \(contents.map(\.sound)), \(parcels.map(\.created)),
          \(parcels.map(\.form.moment)), \(parcels.map { $0.form.moment <= horizon }),
          \(parcels.map { $0.trace?.traceparent }))
          AS request (request, sender, text, photo, video, sound, created, moment, is_soon, trace)
      ), given AS (
        SELECT * FROM unnest(\(requests), \(messages.map(\.id)), \(messages.map(\.receiver)), \(messages.map(\.bottle)),
          \(messages.map(\.receiverPhone)), \(messages.map(\.isBlocked)), \(messages.map(\.label)),
          \(messages.map(\.color)), \(messages.map(\.onceKey)))
          AS message (request, id, receiver, bottle, receiver_phone, is_blocked, label, color, once_key)
        JOIN request USING (request)
      ), fresh AS (
        INSERT INTO delivery.sent_key AS held (sender, key, expires)
        SELECT DISTINCT sender, once_key,
          CASE WHEN once_key LIKE 'key:%' THEN \(now + Self.keyLife) ELSE \(now + Self.photoLife) END
        FROM given WHERE once_key IS NOT NULL ORDER BY sender, once_key
        ON CONFLICT (sender, key) DO UPDATE SET expires = excluded.expires WHERE held.expires <= \(now)
        RETURNING sender, key
      ), fresh_message AS (
        SELECT * FROM given WHERE once_key IS NULL OR (sender, once_key) IN (SELECT sender, key FROM fresh)
      )\(unescaped: soon)\(unescaped: later)
      INSERT INTO delivery.message (id, sender, receiver, bottle, receiver_phone, text, photo_id, video_id, sound_id,
        created, delivery_time, is_blocked, receive_label, receive_color)
      SELECT id, sender, receiver, bottle, receiver_phone, text, photo, video, sound, created, moment, is_blocked, label,
        color
      FROM fresh_message
      """
  }

  /// Hands the bottles of a number to its owner, each once. Does nothing when the number is not that person's by now.
  func openBottles(of phone: String, for person: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    try await database.atomically([
      """
      WITH opened AS (
      UPDATE delivery.message AS m
      SET receiver = \(person), bottle = NULL, delivery_time = greatest(delivery_time, \(now)), visible_at = NULL,
        notif_delivered = false, is_blocked = EXISTS (SELECT FROM delivery.block b
          WHERE (b.person = \(person) AND b.blocked = m.sender) OR (b.person = m.sender AND b.blocked = \(person)))
      WHERE bottle = \(phone) AND EXISTS (SELECT FROM delivery.person WHERE id = \(person) AND phone = \(phone))
      RETURNING id, delivery_time, is_blocked
      ), stored AS (
      INSERT INTO delivery.job_later (id, priority, kind, app, due, ready, trace)
      SELECT id, 1, 'message', 'pictever', delivery_time, delivery_time, \(TraceContext.current?.traceparent)
      FROM opened WHERE NOT is_blocked
      ON CONFLICT DO NOTHING RETURNING id
      )
      SELECT pg_notify('delivery_job', '') FROM (SELECT FROM stored LIMIT 1) AS any_of_them
      """
    ])
  }

  /// The members whose numbers bottles of these are waiting for.
  func owners(ofBottles phones: [String]) async throws(PostgresError) -> [(id: UUIDValue, phone: String)] {
    try await database.query("SELECT id, phone FROM delivery.person WHERE phone = ANY(\(phones))")
      .map { row throws(PostgresError) in (try row.get(0), try row.get(1)) }
  }

  /// Messages to a person that are still to come, those sent for "now" left out (pictever.md 3.6).
  func countFuture(of person: UUIDValue, at now: Timestamp) async throws(PostgresError) -> Int {
    try await database.query(
      """
      SELECT count(*) FROM delivery.message
      WHERE receiver = \(person) AND visible_at IS NULL AND bottle IS NULL AND NOT is_blocked
        AND delivery_time > \(now) AND date_trunc('second', delivery_time) <> date_trunc('second', created)
      """
    )[0].get(0)
  }

  /// Messages of everybody whose time was not dealt with yet, bottles and blocked ones among them.
  func countWaiting() async throws(PostgresError) -> Int {
    try await database.query("SELECT count(*) FROM delivery.message WHERE NOT notif_delivered")[0].get(0)
  }

  // MARK: - Resending

  /// A message as far as sending it on asks for.
  struct Resendable: Sendable {
    let receiver: UUIDValue
    let isBottle: Bool
    let isBlocked: Bool
    let created: Timestamp
    let delivered: Timestamp
  }

  func resendable(_ id: UUIDValue) async throws(PostgresError) -> Resendable? {
    try await database.query(
      """
      SELECT receiver, bottle IS NOT NULL, is_blocked, created, delivery_time FROM delivery.message WHERE id = \(id)
      """
    ).first.map { row throws(PostgresError) in
      Resendable(
        receiver: try row.get(0),
        isBottle: try row.get(1),
        isBlocked: try row.get(2),
        created: try row.get(3),
        delivered: try row.get(4)
      )
    }
  }

  /// Moves a message to its new moment; false when it was moved meanwhile.
  func resend(
    _ id: UUIDValue,
    _ message: Resendable,
    to moment: Timestamp,
    label: String,
    color: String
  ) async throws(PostgresError) -> Bool {
    try await database.query(
      """
      WITH moved AS (
        UPDATE delivery.message SET delivery_time = \(moment), visible_at = NULL, notif_delivered = false,
          receive_label = \(label), receive_color = \(color)
        WHERE id = \(id) AND receiver = \(message.receiver) AND delivery_time = \(message.delivered) AND NOT is_blocked
        RETURNING id
      )
      INSERT INTO delivery.job_later (id, priority, kind, app, due, ready, trace)
      SELECT id, 1, 'message', 'pictever', \(moment), \(moment), \(TraceContext.current?.traceparent) FROM moved
      """
    ).affected == 1
  }
}
