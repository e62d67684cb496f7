import Loop
import Postgres
import Time

/// What a change of an event's room came to: the room, and who is in it or out of it by the change.
struct EventRoomChange: Sendable, Equatable {
  var room: String
  var entered: [UUIDValue] = []
  var left: [UUIDValue] = []
}

/// An event that has a row; its room may be opened yet, or be erased.
private struct NotedEvent {
  var room: String?
}

// Rooms that are named by an event of the calendar.
extension ChatStore {
  static let nobody = UUIDValue("00000000-0000-0000-0000-000000000000")!

  /// Makes the members of an event's room those given, with `spare` as the code of a room that has to be opened first.
  /// Nil, and nothing is done, when the revision is not news.
  func setEventRoom(
    _ event: String,
    members: [UUIDValue],
    revision: Int,
    spare: String,
    at now: Timestamp
  ) async throws -> EventRoomChange? {
    try await database.transaction(deadline: deadline) { transaction in
      guard let known = try await ChatStore.raise(event, to: revision, transaction) else { return nil }
      let room = known.room ?? spare
      if known.room == nil { try await ChatStore.open(room, for: event, at: now, transaction) }
      try await transaction.query(ChatStore.lock(room))
      let left = try await transaction.query(
        """
        UPDATE chat.member SET ended_at = \(now)
        WHERE room_gid = \(room) AND ended_at IS NULL AND user_id <> ALL(\(members)::uuid[])
        RETURNING user_id
        """
      )
      let entered = try await transaction.query(
        """
        INSERT INTO chat.member (room_gid, user_id, since)
        SELECT DISTINCT \(room), user_id, \(now) FROM unnest(\(members)::uuid[]) AS given (user_id)
        ON CONFLICT (room_gid, user_id) DO UPDATE SET since = excluded.since, ended_at = NULL
        WHERE member.ended_at IS NOT NULL
        RETURNING user_id
        """
      )
      return EventRoomChange(room: room, entered: try entered.users(), left: try left.users())
    }
  }

  /// Deletes an event's room with everything in it. Nil when there is none, or when the revision is not news.
  func eraseEventRoom(_ event: String, revision: Int) async throws -> EventRoomChange? {
    try await database.transaction(deadline: deadline) { transaction in
      guard let room = try await ChatStore.raise(event, to: revision, transaction)?.room else { return nil }
      try await transaction.query(ChatStore.lock(room))
      let left = try await transaction.query(
        "SELECT user_id FROM chat.member WHERE room_gid = \(room) AND ended_at IS NULL"
      )
      try await transaction.query("UPDATE chat.event_room SET room_gid = NULL WHERE event_id = \(event)")
      try await transaction.query("DELETE FROM chat.message WHERE room_gid = \(room)")
      try await transaction.query("DELETE FROM chat.member WHERE room_gid = \(room)")
      try await transaction.query("DELETE FROM chat.room WHERE room_gid = \(room)")
      return EventRoomChange(room: room, left: try left.users())
    }
  }

  /// Takes an event's row for this transaction and notes the revision; nil when it is not above the one there.
  private static func raise(
    _ event: String,
    to revision: Int,
    _ transaction: Transaction
  ) async throws(PostgresError) -> NotedEvent? {
    let rows = try await transaction.query(
      """
      INSERT INTO chat.event_room (event_id, revision) VALUES (\(event), \(revision))
      ON CONFLICT (event_id) DO UPDATE SET revision = excluded.revision
      WHERE event_room.revision < excluded.revision
      RETURNING room_gid
      """
    )
    guard let row = rows.first else { return nil }
    return NotedEvent(room: try row.get(0))
  }

  private static func open(
    _ room: String,
    for event: String,
    at now: Timestamp,
    _ transaction: Transaction
  ) async throws(PostgresError) {
    try await transaction.query(
      "INSERT INTO chat.room (room_gid, owner_id, locked, created_at) VALUES (\(room), \(nobody), true, \(now))"
    )
    try await transaction.query("UPDATE chat.event_room SET room_gid = \(room) WHERE event_id = \(event)")
  }

  /// The code of an event's room; nil when there is none.
  func room(of event: String) async throws(PostgresError) -> String? {
    let rows = try await database.query(
      "SELECT room_gid FROM chat.event_room WHERE event_id = \(event) AND room_gid IS NOT NULL",
      deadline: deadline
    )
    return try rows.first?.get(0)
  }

  /// The same, with those whom a message of the sender's is for: all other members but who has blocked the sender, and
  /// nobody where the sender is no member.
  func audience(
    of event: String,
    for sender: UUIDValue
  ) async throws(PostgresError) -> (room: String, others: [UUIDValue])? {
    let rows = try await database.query(
      """
      SELECT room_gid, ARRAY(
        SELECT other.user_id FROM chat.member
        JOIN chat.member AS other ON other.room_gid = member.room_gid AND other.user_id <> member.user_id
        WHERE member.room_gid = event_room.room_gid AND member.user_id = \(sender) AND member.ended_at IS NULL
          AND other.ended_at IS NULL
          AND NOT EXISTS (SELECT FROM chat.block WHERE user_id = other.user_id AND blocked_id = \(sender))
      )
      FROM chat.event_room WHERE event_id = \(event) AND room_gid IS NOT NULL
      """,
      deadline: deadline
    )
    guard let row = rows.first else { return nil }
    return (try row.get(0), try row.get(1))
  }

  /// The newest messages of a room from before a moment, in ascending order, and what the reader is to it.
  func messages(
    of room: String,
    for reader: UUIDValue,
    before: Timestamp?,
    atMost limit: Int
  ) async throws(PostgresError) -> (role: Role, messages: [KeptMessage]) {
    let results = try await atOnce(
      ChatStore.readRole(of: reader, in: room),
      """
      SELECT sender_id, msg_id, txt, sent_at, edited_at FROM chat.message
      WHERE room_gid = \(room) AND (\(before)::timestamptz IS NULL OR sent_at < \(before)::timestamptz)
      ORDER BY msg_id DESC LIMIT \(limit)
      """
    )
    let messages = try results[1].map { row throws(PostgresError) in try KeptMessage(row) }
    return (try Role(results[0]), messages.reversed())
  }

  /// The events whose rooms the user is in, the newest room first.
  func events(of user: UUIDValue, atMost limit: Int) async throws(PostgresError) -> [String] {
    let rows = try await database.query(
      """
      SELECT event_room.event_id
      FROM chat.member
      JOIN chat.event_room ON event_room.room_gid = member.room_gid
      JOIN chat.room ON room.room_gid = member.room_gid
      WHERE member.user_id = \(user) AND member.ended_at IS NULL
      ORDER BY room.created_at DESC, event_room.event_id
      LIMIT \(limit)
      """,
      deadline: deadline
    )
    return try rows.map { row throws(PostgresError) in try row.get(0) }
  }
}

extension Rows {
  fileprivate func users() throws(PostgresError) -> [UUIDValue] {
    try map { row throws(PostgresError) in try row.get(0) }
  }
}
