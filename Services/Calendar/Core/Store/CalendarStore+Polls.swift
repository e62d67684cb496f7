import Almanac
import Loop
import Postgres
import Time
import Wire

extension CalendarStore {
  /// Stores a poll with everybody who is asked, and leaves the pushes that tell them.
  func create(
    _ form: PollForm,
    id: UUIDValue,
    by creator: Caller,
    email: String,
    pushes: [Delivery.SendPush],
    at now: Timestamp
  ) async throws {
    try await change { transaction in
      try await transaction.query(
        """
        INSERT INTO calendar.event
          (id, creator, creator_email, name, description, location, zone, zone_data, minutes, deadline, closes, quorum,
            notice, created, updated)
        VALUES (\(id), \(creator.id), \(email), \(form.name), \(form.description), \(form.location), \(form.zone.name),
          \(Zone.databaseVersion), \(Int32(form.minutes)), \(Int32(form.deadline.day)), \(Timestamp(unix: form.closes)),
          \(Int32(form.quorum)), \(Int32(form.notice)), \(now), \(now))
        """
      )
      let people = [PollForm.Invitee(email: email)] + form.invitees
      try await transaction.query(CalendarStore.adding(people, to: id, from: 0, attending: false))
      try await self.post(pushes, transaction)
      guard invitations != nil else { return }
      let poll = try await self.event(id, transaction)
      try await self.invite(form.invitees.map(\.email), to: poll, .asked, transaction, at: now)
    }
  }

  /// Who is there already and is to attend does so from now on, even after a refusal, which is then no answer any more.
  static func adding(
    _ people: [PollForm.Invitee],
    to event: UUIDValue,
    from place: Int,
    attending: Bool
  ) -> SQL {
    """
    INSERT INTO calendar.guest AS g (event, email, place, part, attends)
    SELECT \(event), asked.email, \(place) + asked.place - 1, asked.part, \(attending)
    FROM unnest(\(people.map(\.email)), \(people.map(\.part.rawValue)))
      WITH ORDINALITY AS asked (email, part, place)
    ON CONFLICT (event, email) DO UPDATE
    SET attends = true, declined = false, answered = CASE WHEN NOT g.declined THEN g.answered END
    WHERE excluded.attends AND NOT g.attends
    """
  }

  /// Stores an answer in place of an earlier one; false when the poll is no longer open or the person not asked.
  func vote(
    _ vote: Vote,
    by email: String,
    on event: UUIDValue,
    at now: Timestamp
  ) async throws(PostgresError) -> Bool {
    // The shared lock makes an activation wait for this answer, or this answer see the activation.
    let rows = try await database.query(
      """
      WITH open AS (
        SELECT id FROM calendar.event WHERE id = \(event) AND state = 'pending' AND closes > \(now) FOR SHARE
      )
      UPDATE calendar.guest AS g
      SET answered = \(now), declined = \(vote.declined), starts = \(vote.slots.map { Timestamp(unix: $0.start) }),
        ends = \(vote.slots.map { Timestamp(unix: $0.end) }), weights = \(vote.slots.map(\.weight))
      FROM open WHERE g.event = open.id AND g.email = \(email)
      """
    )
    return rows.affected == 1
  }

  // MARK: - Activation

  /// Makes an open poll a real event, once. Nil when it is open no more; refused by `hold_once` where another poll of the
  /// creator holds some of the time.
  func activate(
    _ id: UUIDValue,
    at times: Activation,
    push: @LoopActor (EventRecord, UserID) -> Delivery.SendPush,
    now: Timestamp
  ) async throws -> EventRecord? {
    try await change { transaction in
      let rows = try await transaction.query(
        """
        SELECT \(unescaped: EventRecord.columns) FROM calendar.event e
        WHERE e.id = \(id) AND e.state = 'pending' AND e.closes > \(now) FOR UPDATE
        """
      )
      guard let row = rows.first else { return nil }
      let poll = try EventRecord(row)
      // The time is held for as long as the transaction lasts: another poll's hold on it, made before or just now,
      // breaks the constraint.
      try await self.hold(id, by: poll.creator, times, until: .init(microseconds: .max), now: now, transaction)
      try await transaction.query("DELETE FROM calendar.hold WHERE event = \(id)")
      try await transaction.query(
        """
        UPDATE calendar.event SET state = 'confirmed', starts = \(Timestamp(unix: times.start)),
          ends = \(Timestamp(unix: times.end)), revision = revision + 1, updated = \(now), created = \(now)
        WHERE id = \(id)
        """
      )
      try await transaction.query(
        """
        UPDATE calendar.guest SET attends = email = \(poll.creatorEmail) OR (answered IS NOT NULL AND NOT declined)
        WHERE event = \(id)
        """
      )
      let event = try await self.event(id, transaction)
      let people = try await self.users(of: event.attendees.map(\.email), transaction)
      try await self.post(people.map { push(event, $0) }, transaction)
      try await self.postRoom(event, transaction)
      try await self.planReminders(of: .event(id), transaction, at: now)
      try await self.invite(event.guestsToTell, to: event, .scheduled, transaction, at: now)
      try await self.postExports(event, transaction, at: now)
      return event
    }
  }

  /// The event as the transaction has made it.
  func event(_ id: UUIDValue, _ transaction: Transaction) async throws -> EventRecord {
    guard let row = try await transaction.query(CalendarStore.readEvent(id)).first else { throw Failure(.notFound) }
    var event = try EventRecord(row)
    event.guests = try await transaction.query(CalendarStore.readGuests(of: [id])).map { try GuestRecord($0) }
    return event
  }

  /// The accounts behind e-mails, as far as they are kept.
  func users(of emails: [String], _ transaction: Transaction) async throws -> [UserID] {
    try await transaction.query("SELECT id FROM calendar.person WHERE email = ANY(\(emails)) ORDER BY email").map {
      UserID(try $0.get(0, as: UUIDValue.self).description)
    }
  }

  // MARK: - Holds

  /// Sets locks on somebody's holds apart from other locks.
  private static let holdLock: Int32 = 0x686F_6C64

  /// Whether another poll of the creator holds some of a time.
  func isHeld(
    _ times: Activation,
    by creator: UUIDValue,
    besides event: UUIDValue,
    at now: Timestamp
  ) async throws(PostgresError) -> Bool {
    let (from, to) = (Timestamp(unix: times.start), Timestamp(unix: times.end))
    return try await !database.query(
      """
      SELECT FROM calendar.hold WHERE creator = \(creator) AND event <> \(event) AND expires > \(now)
        AND during && tstzrange(\(from), \(to)) LIMIT 1
      """
    ).isEmpty
  }

  /// Keeps a time for a poll until a moment, in place of what the poll held before. Of one creator only one at a time:
  /// two that meet at the constraint would each wait for the other's end.
  func hold(
    _ event: UUIDValue,
    by creator: UUIDValue,
    _ times: Activation,
    until expires: Timestamp,
    now: Timestamp,
    _ transaction: Transaction
  ) async throws {
    let (from, to) = (Timestamp(unix: times.start), Timestamp(unix: times.end))
    let keeper = Int(truncatingIfNeeded: creator.low >> 1)
    let person = Int32(truncatingIfNeeded: keeper)
    try await transaction.query("SELECT pg_advisory_xact_lock(\(CalendarStore.holdLock), \(person))")
    try await transaction.query("DELETE FROM calendar.hold WHERE creator = \(creator) AND expires <= \(now)")
    try await transaction.query(
      """
      INSERT INTO calendar.hold (event, creator, keeper, during, expires)
      VALUES (\(event), \(creator), int8range(\(keeper), \(keeper), '[]'), tstzrange(\(from), \(to)), \(expires))
      ON CONFLICT (event) DO UPDATE SET during = excluded.during, expires = excluded.expires
      """
    )
  }

  /// As above, for a poll that is open and the caller's own; false when it is not.
  func hold(
    _ event: UUIDValue,
    by creator: UUIDValue,
    _ times: Activation,
    until expires: Timestamp,
    now: Timestamp
  ) async throws -> Bool {
    try await change { transaction in
      let open = try await transaction.query(
        """
        SELECT FROM calendar.event
        WHERE id = \(event) AND creator = \(creator) AND state = 'pending' AND closes > \(now) FOR UPDATE
        """
      )
      guard !open.isEmpty else { return false }
      try await self.hold(event, by: creator, times, until: expires, now: now, transaction)
      return true
    }
  }

  func release(_ event: UUIDValue) async throws(PostgresError) {
    try await database.query("DELETE FROM calendar.hold WHERE event = \(event)")
  }
}
