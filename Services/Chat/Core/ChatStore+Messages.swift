import Loop
import Outbox
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
  /// A message of the room that the store need not look behind for the newest; 0 for none.
  var knownID = 0
  /// What others are told of it outside of chat; left in the same commit.
  var notices: [OutboxDraft] = []
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

  /// Planning `storePosts` anew takes three times as long as storing one post by a plan made before, and is what PostgreSQL
  /// prefers for as long as the batches are small. A plan that is kept must not be one for tables that were empty when it
  /// was made, so it goes by the indexes.
  private static let planOnce = Statement(
    label: "chat.plan",
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
  )

  /// Each look-up stands where it is only made if its answer counts: the room's for a stranger, an earlier message's for a
  /// post with a key. Of the newest messages those below the known one need not be looked through.
  private static let storePosts = Statement(
    label: "chat.post",
    """
    WITH judged AS MATERIALIZED (
      SELECT post.*,
        CASE WHEN standing IN (1, 3) AND earlier_id IS NULL THEN nextval('chat.message_id') END AS msg_id
      FROM (
        SELECT post.*,
          coalesce(
            (
              SELECT CASE WHEN ended_at IS NULL THEN 1 ELSE 2 END FROM chat.member
              WHERE member.room_gid = post.room_gid AND member.user_id = post.user_id
            ),
            (
              SELECT CASE WHEN locked OR NOT may_enter THEN 0 ELSE 3 END FROM chat.room
              WHERE room.room_gid = post.room_gid
            ),
            0
          ) AS standing,
          CASE WHEN post_key <> '' THEN (
            SELECT msg_id FROM chat.message
            WHERE message.room_gid = post.room_gid AND sender_id = user_id AND message.post_key = post.post_key
          ) END AS earlier_id
        FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::boolean[], $6::text[], $7::bigint[])
        WITH ORDINALITY AS post (room_gid, user_id, txt, posted_at, may_enter, post_key, known_id, place)
        OFFSET 0
      ) AS post
    ), entered AS (
      INSERT INTO chat.member (room_gid, user_id, since)
      SELECT room_gid, user_id, min(posted_at) FROM judged WHERE standing = 3 GROUP BY room_gid, user_id
    ), stored AS (
      INSERT INTO chat.message (room_gid, msg_id, sender_id, txt, sent_at, post_key)
      SELECT room_gid, msg_id, user_id, txt, posted_at, nullif(post_key, '') FROM judged WHERE msg_id IS NOT NULL
    )
    SELECT standing, msg_id,
      CASE WHEN msg_id IS NOT NULL THEN coalesce(
        (
          SELECT msg_id FROM chat.message WHERE message.room_gid = judged.room_gid AND message.msg_id >= known_id
          ORDER BY message.msg_id DESC LIMIT 1
        ),
        (SELECT msg_id FROM chat.message WHERE message.room_gid = judged.room_gid ORDER BY message.msg_id DESC LIMIT 1),
        0
      ) END,
      earlier_id,
      CASE WHEN earlier_id IS NOT NULL THEN (
        SELECT sent_at FROM chat.message WHERE message.room_gid = judged.room_gid AND message.msg_id = earlier_id
      ) END
    FROM judged ORDER BY place
    """
  )

  /// Stores the posts that may be, all in one commit, with ids that rise in the posts' order. Answers in that order.
  func store(_ posts: [Post]) async throws(PostgresError) -> [Verdict] {
    let rooms = posts.map(\.room)
    var statements = [
      SQL(ChatStore.planOnce),
      SQL(ChatStore.lockRooms, rooms),
      SQL(
        ChatStore.storePosts,
        rooms,
        posts.map(\.sender),
        posts.map(\.text),
        posts.map(\.sentAt),
        posts.map(\.mayEnter),
        posts.map { $0.key ?? "" },
        posts.map(\.knownID)
      ),
    ]
    let notices = posts.flatMap(\.notices)
    if !notices.isEmpty { statements.append(ChatSchema.outbox.leaving(notices)) }
    let results = try await database.atomically(statements, deadline: deadline)
    var verdicts: [Verdict] = []
    verdicts.reserveCapacity(posts.count)
    // The statement sees what was there before it; a room's message before this one may be of the same batch.
    var newest: [String: Int] = [:]
    for (post, row) in zip(posts, results[2]) {
      let standing = Standing(rawValue: try row.get(0)) ?? .outsider
      var place = try Verdict.Place(row, sentAt: post.sentAt)
      if let stored = place, !stored.isRepeat, let before = newest.updateValue(stored.id, forKey: post.room) {
        place?.previous = before
      }
      verdicts.append(Verdict(standing: standing, place: place))
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
