import Loop
import Postgres
import Time

/// A message on its way into the store.
struct Post: Sendable {
  var room: String
  var sender: UUIDValue
  var text: String
  var sentAt: Timestamp
  /// Whether a newcomer becomes a member by this message.
  var mayEnter: Bool
  /// A sender's messages with the same key are one message, the first.
  var key: String?
}

/// What the store made of a post. Stored if the sender was a member, or has become one by it.
struct Verdict: Sendable, Equatable {
  /// Of the sender, before the post.
  var standing: Standing
  /// Nil when it was refused.
  var place: Place?

  struct Place: Sendable, Equatable {
    var id: Int
    /// The id of the room's message before it, 0 for the first.
    var previous: Int
    var sentAt: Timestamp
    /// Whether an earlier message of the same key was found in place of storing this one.
    var isRepeat = false
  }
}

/// A message as it is kept.
struct KeptMessage: Sendable, Equatable {
  var sender: UUIDValue
  var id: Int
  var text: String
  var sentAt: Timestamp
  var editedAt: Timestamp?
}

extension KeptMessage {
  /// From the columns sender_id, msg_id, txt, sent_at and edited_at, which come first in that order.
  init(_ row: Row) throws(PostgresError) {
    sender = try row.get(0)
    id = try row.get(1)
    text = try row.get(2)
    sentAt = try row.get(3)
    editedAt = try row.get(4)
  }
}

extension Verdict.Place {
  fileprivate init?(_ row: Row, sentAt: Timestamp) throws(PostgresError) {
    if let id: Int = try row.get(1) {
      self.init(id: id, previous: try row.get(2), sentAt: sentAt)
    } else if let id: Int = try row.get(3), let earlier: Timestamp = try row.get(4) {
      self.init(id: id, previous: 0, sentAt: earlier, isRepeat: true)
    } else {
      return nil
    }
  }
}

extension ChatStore {
  /// In the order of their codes, so that two copies of chat with rooms in common cannot wait for each other for ever.
  private static let lockRooms = Statement(
    label: "chat.lock",
    "SELECT FROM chat.room WHERE room_gid = ANY($1::text[]) ORDER BY room_gid FOR NO KEY UPDATE"
  )

  private static let storePosts = Statement(
    label: "chat.post",
    """
    WITH post AS (
      SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::boolean[], $6::text[])
      WITH ORDINALITY AS post (room_gid, user_id, txt, sent_at, may_enter, post_key, place)
    ), judged AS MATERIALIZED (
      SELECT post.*,
        CASE
          WHEN member.user_id IS NOT NULL AND member.ended_at IS NULL THEN 1
          WHEN member.user_id IS NOT NULL THEN 2
          WHEN room.room_gid IS NULL OR room.locked OR NOT post.may_enter THEN 0
          ELSE 3
        END AS standing,
        earlier.msg_id AS earlier_id, earlier.sent_at AS earlier_at
      FROM post
      LEFT JOIN chat.room ON room.room_gid = post.room_gid
      LEFT JOIN chat.member ON member.room_gid = post.room_gid AND member.user_id = post.user_id
      LEFT JOIN chat.message AS earlier ON post.post_key <> '' AND earlier.post_key = post.post_key
        AND earlier.sender_id = post.user_id AND earlier.room_gid = post.room_gid
    ), entered AS (
      INSERT INTO chat.member (room_gid, user_id, since)
      SELECT room_gid, user_id, min(sent_at) FROM judged WHERE standing = 3 GROUP BY room_gid, user_id
    ), numbered AS MATERIALIZED (
      SELECT accepted.*, nextval('chat.message_id') AS msg_id
      FROM (SELECT * FROM judged WHERE standing IN (1, 3) AND earlier_id IS NULL ORDER BY place) AS accepted
    ), stored AS (
      INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at, post_key)
      SELECT room_gid, msg_id, user_id, txt, sent_at, nullif(post_key, '') FROM numbered
    )
    SELECT judged.standing, numbered.msg_id,
      coalesce(
        lag(numbered.msg_id) OVER (PARTITION BY numbered.room_gid ORDER BY numbered.msg_id),
        (SELECT max(msg_id) FROM chat.message WHERE message.room_gid = numbered.room_gid),
        0
      ),
      judged.earlier_id, judged.earlier_at
    FROM judged LEFT JOIN numbered USING (place)
    ORDER BY place
    """
  )

  /// Stores the posts that may be, all in one commit, with ids that rise in the posts' order. Answers in that order.
  func store(_ posts: [Post]) async throws(PostgresError) -> [Verdict] {
    let rooms = posts.map(\.room)
    let results = try await atOnce(
      SQL(ChatStore.lockRooms, rooms),
      SQL(
        ChatStore.storePosts,
        rooms,
        posts.map(\.sender),
        posts.map(\.text),
        posts.map(\.sentAt),
        posts.map(\.mayEnter),
        posts.map { $0.key ?? "" }
      )
    )
    var verdicts: [Verdict] = []
    verdicts.reserveCapacity(posts.count)
    for (post, row) in zip(posts, results[1]) {
      let standing = Standing(rawValue: try row.get(0)) ?? .outsider
      verdicts.append(Verdict(standing: standing, place: try Verdict.Place(row, sentAt: post.sentAt)))
    }
    return verdicts
  }

  private static let readBackward = Statement(
    label: "chat.history",
    """
    SELECT sender_id, msg_id, txt, sent_at, edited_at FROM chat.message
    WHERE room_gid = $1 AND msg_id > $2 AND msg_id < $3
      AND EXISTS (SELECT FROM chat.member WHERE room_gid = $1 AND user_id = $5 AND ended_at IS NULL)
      AND NOT EXISTS (SELECT FROM chat.block WHERE user_id = $5 AND blocked_id = sender_id)
    ORDER BY msg_id DESC LIMIT $4
    """
  )

  private static let readForward = Statement(
    label: "chat.replay",
    """
    SELECT sender_id, msg_id, txt, sent_at, edited_at FROM chat.message
    WHERE room_gid = $1 AND msg_id > $2 AND msg_id < $3
      AND EXISTS (SELECT FROM chat.member WHERE room_gid = $1 AND user_id = $5 AND ended_at IS NULL)
      AND NOT EXISTS (SELECT FROM chat.block WHERE user_id = $5 AND blocked_id = sender_id)
    ORDER BY msg_id LIMIT $4
    """
  )

  /// What the reader is to the room, and, for a member, the part of its messages that the range names, in ascending order.
  func messages(
    of room: String,
    for reader: UUIDValue,
    in range: HistoryRange
  ) async throws(PostgresError) -> (role: Role, messages: [KeptMessage]) {
    let statement = range.goesForward ? ChatStore.readForward : ChatStore.readBackward
    let results = try await atOnce(
      ChatStore.readRole(of: reader, in: room),
      SQL(statement, room, range.after, range.before, range.limit, reader)
    )
    let role = try Role(results[0])
    guard role.standing == .member else { return (role, []) }
    let messages = try results[1].map { row throws(PostgresError) in try KeptMessage(row) }
    return (role, range.goesForward ? messages : messages.reversed())
  }
}
