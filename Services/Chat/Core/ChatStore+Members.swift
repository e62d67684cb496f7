import Loop
import Postgres
import Time

// Who is in a room, and what its owner decides about that.
extension ChatStore {
  func role(of user: UUIDValue, in room: String) async throws(PostgresError) -> Role {
    try Role(await database.query(ChatStore.readRole(of: user, in: room), deadline: deadline))
  }

  /// Makes a member of a user whom the room's lock does not keep out. One who was in the room before comes back only when
  /// `returning`. Answers what the user is now, and how many members there are.
  func enter(
    _ room: String,
    _ user: UUIDValue,
    returning: Bool,
    at now: Timestamp
  ) async throws(PostgresError) -> (role: Role, members: Int) {
    let results = try await atOnce(
      ChatStore.lock(room),
      """
      INSERT INTO chat.member (room_gid, user_id, since)
      SELECT room_gid, \(user), \(now) FROM chat.room
      WHERE room_gid = \(room) AND (NOT locked OR owner_id = \(user))
      ON CONFLICT (room_gid, user_id) DO UPDATE SET since = excluded.since, ended_at = NULL
      WHERE member.ended_at IS NOT NULL AND \(returning)
      """,
      ChatStore.readRole(of: user, in: room),
      "SELECT count(*) FROM chat.member WHERE room_gid = \(room) AND ended_at IS NULL"
    )
    return (try Role(results[2]), try results[3][0].get(0))
  }

  /// Ends a membership; a room whose owner leaves goes to the oldest member there is. Answers what the user was.
  func leave(_ room: String, _ user: UUIDValue, at now: Timestamp) async throws(PostgresError) -> Role {
    let results = try await atOnce(
      ChatStore.lock(room),
      ChatStore.readRole(of: user, in: room),
      ChatStore.end(user, in: room, at: now),
      """
      UPDATE chat.room SET owner_id = heir.user_id
      FROM (
        SELECT user_id FROM chat.member WHERE room_gid = \(room) AND ended_at IS NULL ORDER BY since, user_id LIMIT 1
      ) AS heir
      WHERE room.room_gid = \(room) AND room.owner_id = \(user)
      """
    )
    return try Role(results[1])
  }

  // MARK: - The owner's rights

  /// Ends another's membership if the caller is a member and the owner. Answers what both were.
  func remove(
    _ user: UUIDValue,
    from room: String,
    by caller: UUIDValue,
    at now: Timestamp
  ) async throws(PostgresError) -> (caller: Role, user: Role) {
    let results = try await atOnce(
      ChatStore.lock(room),
      ChatStore.readRole(of: caller, in: room),
      ChatStore.readRole(of: user, in: room),
      ChatStore.end(user, in: room, at: now, by: caller)
    )
    return (try Role(results[1]), try Role(results[2]))
  }

  /// Closes or opens a room if the caller is a member and the owner. Answers what the caller is.
  func setLocked(_ room: String, _ locked: Bool, by caller: UUIDValue) async throws(PostgresError) -> Role {
    let results = try await atOnce(
      ChatStore.lock(room),
      ChatStore.readRole(of: caller, in: room),
      """
      UPDATE chat.room SET locked = \(locked)
      FROM chat.member
      WHERE room.room_gid = \(room) AND room.owner_id = \(caller)
        AND member.room_gid = room.room_gid AND member.user_id = room.owner_id AND member.ended_at IS NULL
      """
    )
    return try Role(results[1])
  }

  // MARK: - Fragments

  private static func end(_ user: UUIDValue, in room: String, at now: Timestamp) -> SQL {
    """
    UPDATE chat.member SET ended_at = \(now)
    WHERE room_gid = \(room) AND user_id = \(user) AND ended_at IS NULL
    """
  }

  private static func end(_ user: UUIDValue, in room: String, at now: Timestamp, by owner: UUIDValue) -> SQL {
    """
    UPDATE chat.member SET ended_at = \(now)
    FROM chat.room JOIN chat.member AS owner ON owner.room_gid = room.room_gid AND owner.user_id = room.owner_id
    WHERE member.room_gid = \(room) AND member.user_id = \(user) AND member.ended_at IS NULL
      AND room.room_gid = member.room_gid AND room.owner_id = \(owner) AND owner.ended_at IS NULL
    """
  }
}
