import Loop
import Postgres
import Time
import Wire

// What one person has in chat: blocks, and everything that can be taken out or deleted.
extension ChatStore {
  static func readBlocked(by user: UUIDValue) -> SQL {
    "SELECT blocked_id FROM chat.block WHERE user_id = \(user) ORDER BY since DESC LIMIT 1000"
  }

  func blocked(by user: UUIDValue) async throws(PostgresError) -> [UUIDValue] {
    try await database.query(ChatStore.readBlocked(by: user), deadline: deadline)
      .map { row throws(PostgresError) in try row.get(0) }
  }

  func setBlocked(
    _ other: UUIDValue,
    _ blocked: Bool,
    by user: UUIDValue,
    at now: Timestamp
  ) async throws(PostgresError) {
    try await database.query(
      blocked
        ? """
        INSERT INTO chat.block (user_id, blocked_id, since) VALUES (\(user), \(other), \(now)) ON CONFLICT DO NOTHING
        """
        : "DELETE FROM chat.block WHERE user_id = \(user) AND blocked_id = \(other)",
      deadline: deadline
    )
  }

  /// A person's own messages above an id, in ascending order.
  func messages(
    by user: UUIDValue,
    after id: Int,
    atMost limit: Int
  ) async throws(PostgresError) -> [(room: String, message: KeptMessage)] {
    let rows = try await database.query(
      """
      SELECT sender_id, msg_id, txt, sent_at, edited_at, room_gid FROM chat.message
      WHERE sender_id = \(user) AND msg_id > \(id)
      ORDER BY msg_id LIMIT \(limit)
      """,
      deadline: deadline
    )
    return try rows.map { row throws(PostgresError) in (try row.get(5), try KeptMessage(row)) }
  }

  /// Takes a person out of chat; their messages stay, with nobody as the sender. Answers the rooms they were in.
  func erase(_ user: UUIDValue) async throws(PostgresError) -> [String] {
    let results = try await atOnce(
      // In the order in which batches of messages lock theirs.
      """
      SELECT FROM chat.room WHERE room_gid IN (SELECT room_gid FROM chat.member WHERE user_id = \(user))
      ORDER BY room_gid FOR NO KEY UPDATE
      """,
      "SELECT room_gid FROM chat.member WHERE user_id = \(user) AND ended_at IS NULL",
      "DELETE FROM chat.member WHERE user_id = \(user)",
      """
      UPDATE chat.room SET owner_id = coalesce((
        SELECT user_id FROM chat.member
        WHERE member.room_gid = room.room_gid AND ended_at IS NULL ORDER BY since, user_id LIMIT 1
      ), \(ChatStore.nobody))
      WHERE owner_id = \(user)
      """,
      "UPDATE chat.message SET sender_id = \(ChatStore.nobody), post_key = NULL WHERE sender_id = \(user)",
      "UPDATE chat.report SET reporter_id = gen_random_uuid() WHERE reporter_id = \(user)",
      "UPDATE chat.report SET sender_id = \(ChatStore.nobody) WHERE sender_id = \(user)",
      "DELETE FROM chat.block WHERE user_id = \(user) OR blocked_id = \(user)",
      "DELETE FROM chat.person WHERE user_id = \(user)"
    )
    return try results[1].map { row throws(PostgresError) in try row.get(0) }
  }
}
