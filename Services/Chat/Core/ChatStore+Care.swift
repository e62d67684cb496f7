import Loop
import Postgres
import Time
import Wire

/// What became of a change to one message, beside what the caller is to its room.
struct MessageChange: Sendable {
  var role: Role
  /// Whose the message is; nil when there is none.
  var sender: UUIDValue?
  /// The message as it is now, or was when it was deleted; nil when the caller may not change it.
  var message: KeptMessage?
}

// What is done with messages after they were sent.
extension ChatStore {
  func edit(
    _ id: Int,
    in room: String,
    to text: String,
    by user: UUIDValue,
    at now: Timestamp
  ) async throws(PostgresError) -> MessageChange {
    try await change(
      id,
      in: room,
      by: user,
      """
      UPDATE chat.message SET txt = \(text), edited_at = \(now)
      WHERE room_gid = \(room) AND msg_id = \(id) AND sender_id = \(user) AND EXISTS (
          SELECT FROM chat.member WHERE room_gid = \(room) AND user_id = \(user) AND ended_at IS NULL
        )
      RETURNING sender_id, msg_id, txt, sent_at, edited_at
      """
    )
  }

  /// One's own messages go, and in one's own room all.
  func delete(_ id: Int, in room: String, by user: UUIDValue) async throws(PostgresError) -> MessageChange {
    try await change(
      id,
      in: room,
      by: user,
      """
      DELETE FROM chat.message
      WHERE room_gid = \(room) AND msg_id = \(id) AND EXISTS (
          SELECT FROM chat.member WHERE room_gid = \(room) AND user_id = \(user) AND ended_at IS NULL
        )
        AND (sender_id = \(user) OR EXISTS (SELECT FROM chat.room WHERE room_gid = \(room) AND owner_id = \(user)))
      RETURNING sender_id, msg_id, txt, sent_at, edited_at
      """
    )
  }

  /// Keeps a copy of a message with the reason.
  func report(
    _ id: Int,
    in room: String,
    reason: String,
    by user: UUIDValue,
    at now: Timestamp
  ) async throws(PostgresError) -> MessageChange {
    try await change(
      id,
      in: room,
      by: user,
      """
      WITH reported AS (
        INSERT INTO chat.report (room_gid, msg_id, reporter_id, sender_id, txt, reason, reported_at)
        SELECT room_gid, msg_id, \(user), sender_id, txt, \(reason), \(now) FROM chat.message
        WHERE room_gid = \(room) AND msg_id = \(id) AND EXISTS (
          SELECT FROM chat.member WHERE room_gid = \(room) AND user_id = \(user) AND ended_at IS NULL
        )
        ON CONFLICT (room_gid, msg_id, reporter_id) DO UPDATE SET reason = excluded.reason
        RETURNING room_gid, msg_id
      )
      SELECT sender_id, msg_id, txt, sent_at, edited_at FROM chat.message JOIN reported USING (room_gid, msg_id)
      """
    )
  }

  private func change(
    _ id: Int,
    in room: String,
    by user: UUIDValue,
    _ statement: SQL
  ) async throws(PostgresError) -> MessageChange {
    let results = try await atOnce(
      ChatStore.lock(room),
      ChatStore.readRole(of: user, in: room),
      "SELECT sender_id FROM chat.message WHERE room_gid = \(room) AND msg_id = \(id)",
      statement
    )
    return MessageChange(
      role: try Role(results[1]),
      sender: try results[2].first?.get(0),
      message: try results[3].first.map { row throws(PostgresError) in try KeptMessage(row) }
    )
  }

  /// Moves a member's mark up to an id, or to the newest there is. Answers what the caller is, and the mark with what is
  /// unread above it for a member.
  func markRead(
    _ room: String,
    through id: Int,
    by user: UUIDValue
  ) async throws(PostgresError) -> (role: Role, reading: Chat.Reading?) {
    let results = try await atOnce(
      ChatStore.readRole(of: user, in: room),
      """
      UPDATE chat.member SET read_id = greatest(read_id, least(\(id)::bigint, (
        SELECT coalesce(max(msg_id), 0) FROM chat.message WHERE room_gid = \(room)
      )))
      WHERE room_gid = \(room) AND user_id = \(user) AND ended_at IS NULL
      """,
      """
      SELECT read_id, (
        SELECT count(*) FROM (
          SELECT FROM chat.message
          WHERE room_gid = \(room) AND msg_id > member.read_id AND sender_id <> \(user)
          LIMIT \(Chat.Reading.mostUnread)
        ) AS unseen
      )
      FROM chat.member WHERE room_gid = \(room) AND user_id = \(user) AND ended_at IS NULL
      """
    )
    let reading = try results[2].first.map { row throws(PostgresError) in
      Chat.Reading(read: try row.get(0), unread: try row.get(1))
    }
    return (try Role(results[0]), reading)
  }

  /// On a connection of its own, because it may take its time.
  func tidyWords() async throws {
    try await database.transaction { transaction in
      _ = try await transaction.query("SELECT gin_clean_pending_list('chat.message_words')")
    }
  }

  func search(
    _ words: String,
    in room: String?,
    before: Int,
    atMost limit: Int,
    for user: UUIDValue
  ) async throws(PostgresError) -> [(room: String, message: KeptMessage)] {
    let rows = try await database.query(
      """
      SELECT sender_id, msg_id, txt, sent_at, edited_at, message.room_gid
      FROM chat.message
      JOIN chat.member ON member.room_gid = message.room_gid AND member.user_id = \(user) AND member.ended_at IS NULL
      WHERE to_tsvector('simple', txt) @@ websearch_to_tsquery('simple', \(words))
        AND message.room_gid = coalesce(\(room)::text, message.room_gid) AND msg_id < \(before)
        AND NOT EXISTS (SELECT FROM chat.block WHERE user_id = \(user) AND blocked_id = sender_id)
      ORDER BY msg_id DESC LIMIT \(limit)
      """,
      deadline: deadline
    )
    return try rows.map { row throws(PostgresError) in (try row.get(5), try KeptMessage(row)) }
  }
}
