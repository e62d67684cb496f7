import Postgres
import Time

extension DeliveryStore {
  /// Items of one answer, and about how many bytes of their texts are read for it.
  static let pageItems = 1000
  static let pageBytes = 1_000_000

  /// The messages that became visible after the cursor, as many as one answer takes, with the cursor to go on from.
  ///
  /// A message is stamped when its receiver first asks after its time: with its due time, or, where a later cursor was
  /// told already, with the next microsecond. Stamps are given under the inbox's lock, so whatever is committed late, or
  /// dated back by a clock that was set, still lies behind every cursor that was told. What is told is the inbox's clock,
  /// which each asking moves to the present; within a second of it, one that finds nothing new only reads.
  func receive(
    after asked: Timestamp,
    by person: UUIDValue,
    at now: Timestamp,
    deadline: ContinuousClock.Instant?
  ) async throws(PostgresError) -> ReceivedBatch {
    let first = try await database.atomically([peek(person, now), page(person, after: asked)], deadline: deadline)
    let clock: Timestamp? = try first[0][0].get(0)
    let start = ReceiveCursor.start(asked: asked, clock: clock, at: now)
    let hasUnseen: Bool = try first[0][0].get(1)
    if let clock, start == asked,
      ReceiveCursor.isSettled(start: start, clock: clock, at: now, hasUnseen: hasUnseen)
    {
      return try batch(first[1], clock)
    }
    // Without messages to stamp, moving the clock is all; it takes the same lock.
    let steps = clock == nil || hasUnseen ? [lock(person), stamp(person, start, now)] : [move(person, start, now)]
    let results = try await database.atomically(steps + [page(person, after: start)], deadline: deadline)
    guard let moved = results[steps.count - 1].first else { return try batch(results[steps.count], start) }
    return try batch(results[steps.count], try moved.get(0))
  }

  private func batch(_ rows: Rows, _ clock: Timestamp) throws(PostgresError) -> ReceivedBatch {
    let messages = try rows.map { row throws(PostgresError) in try ReceivedMessage(row) }
    let bytes = messages.reduce(0) { $0 + $1.content.text.utf8.count }
    return ReceivedBatch(messages, isAll: messages.count < Self.pageItems && bytes < Self.pageBytes, clock: clock)
  }

  private func peek(_ person: UUIDValue, _ now: Timestamp) -> SQL {
    """
    SELECT (SELECT clock FROM delivery.inbox WHERE person = \(person)), EXISTS (
      SELECT FROM delivery.message WHERE receiver = \(person) AND visible_at IS NULL AND bottle IS NULL
        AND NOT is_blocked AND delivery_time <= \(now))
    """
  }

  private func lock(_ person: UUIDValue) -> SQL {
    """
    INSERT INTO delivery.inbox AS held (person, clock) VALUES (\(person), '-infinity')
    ON CONFLICT (person) DO UPDATE SET clock = held.clock
    """
  }

  private func stamp(_ person: UUIDValue, _ start: Timestamp, _ now: Timestamp) -> SQL {
    """
    WITH due AS (
      SELECT id, delivery_time, row_number() OVER (ORDER BY delivery_time, id) * interval '1 microsecond' AS place
      FROM delivery.message WHERE receiver = \(person) AND visible_at IS NULL AND bottle IS NULL AND NOT is_blocked
        AND delivery_time <= \(now)
    ), placed AS (
      SELECT id, place + max(greatest(delivery_time, clock + interval '1 microsecond') - place) OVER (ORDER BY place)
        AS stamp
      FROM due, (SELECT clock FROM delivery.inbox WHERE person = \(person)) AS inbox
    ), stamped AS (
      UPDATE delivery.message AS m SET visible_at = stamp FROM placed
      WHERE m.id = placed.id AND m.receiver = \(person) AND m.visible_at IS NULL AND NOT m.is_blocked
      RETURNING visible_at
    )
    UPDATE delivery.inbox SET clock = greatest(clock, \(start), \(now), (SELECT max(visible_at) FROM stamped))
    WHERE person = \(person) RETURNING clock
    """
  }

  private func move(_ person: UUIDValue, _ start: Timestamp, _ now: Timestamp) -> SQL {
    """
    UPDATE delivery.inbox SET clock = greatest(clock, \(start), \(now)) WHERE person = \(person) RETURNING clock
    """
  }

  private func page(_ person: UUIDValue, after start: Timestamp) -> SQL {
    """
    SELECT m.id, m.sender, p.email, p.phone, m.text, m.photo_id, m.video_id, m.sound_id, m.created, m.delivery_time,
      m.visible_at, m.receive_label, m.receive_color
    FROM (
      SELECT *, sum(octet_length(text)) OVER (ORDER BY visible_at) - octet_length(text) AS before FROM (
        SELECT * FROM delivery.message WHERE receiver = \(person) AND visible_at > \(start) AND NOT is_blocked
        ORDER BY visible_at LIMIT \(Self.pageItems)) AS next
    ) AS m LEFT JOIN delivery.person p ON p.id = m.sender
    WHERE m.before < \(Self.pageBytes) ORDER BY m.visible_at
    """
  }
}
