import Loop
import Postgres
import Time
import Wire

/// All that chat keeps, and all of its SQL; messages and names are in files of their own.
///
/// Whatever writes to a room begins with `lock`. The statements behind it see what was there when the lock was theirs,
/// which one statement that locks and writes would not: it sees the moment before it began to wait.
@LoopActor
struct ChatStore {
  let database: Database
  /// When whoever asked stops waiting; the server gives up then too.
  var deadline: ContinuousClock.Instant?

  init(_ database: Database) { self.database = database }

  func until(_ deadline: ContinuousClock.Instant?) -> ChatStore {
    var store = self
    store.deadline = deadline
    return store
  }

  /// Runs the statements in one round trip, as one transaction.
  func atOnce(_ statements: SQL...) async throws(PostgresError) -> [Rows] {
    try await database.atomically(statements, deadline: deadline)
  }

  static func lock(_ room: String) -> SQL {
    "SELECT FROM chat.room WHERE room_gid = \(room) FOR NO KEY UPDATE"
  }

  /// Opens a room with its owner in it; false when the code is taken.
  func createRoom(_ room: String, owner: UUIDValue, at now: Timestamp) async throws(PostgresError) -> Bool {
    let rows = try await database.query(
      """
      WITH opened AS (
        INSERT INTO chat.room (room_gid, owner_id, created_at) VALUES (\(room), \(owner), \(now))
        ON CONFLICT DO NOTHING RETURNING room_gid
      )
      INSERT INTO chat.member (room_gid, user_id, since) SELECT room_gid, \(owner), \(now) FROM opened
      """,
      deadline: deadline
    )
    return rows.affected == 1
  }

  /// The caller's rooms, the one that was last written to (or else entered) first.
  func rooms(of user: UUIDValue, atMost limit: Int) async throws(PostgresError) -> [KeptRoom] {
    let rows = try await database.query(
      """
      SELECT member.room_gid, room.owner_id = member.user_id, last.msg_id, last.sent_at, member.read_id, (
        SELECT count(*) FROM (
          SELECT FROM chat.message
          WHERE message.room_gid = member.room_gid AND msg_id > member.read_id AND sender_id <> member.user_id
          LIMIT \(Chat.Reading.mostUnread)
        ) AS unseen
      )
      FROM chat.member
      JOIN chat.room ON room.room_gid = member.room_gid
      LEFT JOIN LATERAL (
        SELECT msg_id, sent_at FROM chat.message WHERE message.room_gid = member.room_gid ORDER BY msg_id DESC LIMIT 1
      ) AS last ON true
      WHERE member.user_id = \(user) AND member.ended_at IS NULL
      ORDER BY coalesce(last.sent_at, member.since) DESC, member.room_gid
      LIMIT \(limit)
      """,
      deadline: deadline
    )
    return try rows.map { row throws(PostgresError) in
      KeptRoom(
        room: try row.get(0),
        isOwner: try row.get(1),
        lastID: try row.get(2),
        lastAt: try row.get(3),
        reading: Chat.Reading(read: try row.get(4), unread: try row.get(5))
      )
    }
  }

  /// What a user is to a room; no row when there is none.
  static func readRole(of user: UUIDValue, in room: String) -> SQL {
    """
    SELECT
      CASE
        WHEN member.user_id IS NOT NULL AND member.ended_at IS NULL THEN 1
        WHEN member.user_id IS NOT NULL THEN 2
        WHEN room.locked THEN 0
        ELSE 3
      END,
      room.owner_id = \(user)
    FROM chat.room
    LEFT JOIN chat.member ON member.room_gid = room.room_gid AND member.user_id = \(user)
    WHERE room.room_gid = \(room)
    """
  }
}

/// One of a user's rooms, with its last message's id and moment.
struct KeptRoom: Sendable, Equatable {
  var room: String
  var isOwner: Bool
  var lastID: Int?
  var lastAt: Timestamp?
  var reading = Chat.Reading(read: 0, unread: 0)
}

extension Role {
  /// From `readRole`, which answers no row for a room that is not there.
  init(_ rows: Rows) throws(PostgresError) {
    guard let row = rows.first else {
      self = .none
      return
    }
    self.init(standing: Standing(rawValue: try row.get(0)) ?? .outsider, owns: try row.get(1))
  }
}
