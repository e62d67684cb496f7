import Loop
import Postgres
import Wire

/// Messages above an id, in ascending order, and how far they are all of them.
struct FeedPart: Sendable, Equatable {
  var messages: [KeptMessage]
  var through: Int
  var hasMore: Bool
}

extension ChatStore {
  /// The first row says where the room stands; it is read before the messages, so that what lies between was either read
  /// or comes as an event later.
  private static let readNewest = Statement(
    label: "chat.newest",
    "SELECT coalesce(max(msg_id), 0) FROM chat.message WHERE room_gid = $1"
  )

  private static let readFeed = Statement(
    label: "chat.feed",
    """
    SELECT sender_id, msg_id, txt, sent_at, edited_at FROM chat.message
    WHERE room_gid = $1 AND msg_id > $2
    ORDER BY msg_id LIMIT $3
    """
  )

  /// As `readFeed`, but no further back than so many messages from the newest.
  private static let openFeed = Statement(
    label: "chat.open_feed",
    """
    SELECT sender_id, msg_id, txt, sent_at, edited_at FROM chat.message
    WHERE room_gid = $1 AND msg_id > greatest($2, (
      SELECT msg_id FROM chat.message WHERE room_gid = $1 ORDER BY msg_id DESC OFFSET $4 LIMIT 1
    ))
    ORDER BY msg_id LIMIT $3
    """
  )

  func openFeed(
    of room: String,
    for reader: UUIDValue,
    after: Int?
  ) async throws(PostgresError) -> (role: Role, part: FeedPart, blocked: [UUIDValue]) {
    let limit = after == nil ? 0 : Chat.FeedPage.largest
    let results = try await atOnce(
      ChatStore.readRole(of: reader, in: room),
      SQL(ChatStore.readNewest, room),
      SQL(ChatStore.openFeed, room, after ?? 0, limit, Chat.OpenFeed.reach),
      ChatStore.readBlocked(by: reader)
    )
    let blocked = try results[3].map { row throws(PostgresError) -> UUIDValue in try row.get(0) }
    return (try Role(results[0]), try FeedPart(newest: results[1], results[2], limit: limit), blocked)
  }

  func feed(of room: String, after: Int) async throws(PostgresError) -> FeedPart {
    let limit = Chat.FeedPage.largest
    let results = try await atOnce(SQL(ChatStore.readNewest, room), SQL(ChatStore.readFeed, room, after, limit))
    return try FeedPart(newest: results[0], results[1], limit: limit)
  }

  /// Those of the users who are no members.
  func outsiders(among users: [UUIDValue], of room: String) async throws(PostgresError) -> [UUIDValue] {
    let rows = try await database.query(
      """
      SELECT listener.id FROM unnest(\(users)::uuid[]) AS listener (id)
      WHERE NOT EXISTS (
        SELECT FROM chat.member WHERE room_gid = \(room) AND user_id = listener.id AND ended_at IS NULL
      )
      """,
      deadline: deadline
    )
    return try rows.map { row throws(PostgresError) in try row.get(0) }
  }
}

extension FeedPart {
  fileprivate init(newest: Rows, _ rows: Rows, limit: Int) throws(PostgresError) {
    let newest: Int = try newest[0].get(0)
    messages = try rows.map { row throws(PostgresError) in try KeptMessage(row) }
    let last = messages.last?.id ?? 0
    hasMore = limit > 0 && messages.count == limit && last < newest
    through = hasMore ? last : max(newest, last)
  }
}
