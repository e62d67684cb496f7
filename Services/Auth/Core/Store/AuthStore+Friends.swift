import Postgres
import Time
import Wire

extension AuthStore {
  func friends(of account: UUIDValue) async throws(PostgresError) -> [UUIDValue] {
    let rows = try await database.query(
      """
      SELECT CASE WHEN f.low = \(account) THEN f.high ELSE f.low END AS friend
      FROM auth.friendship f WHERE f.low = \(account) OR f.high = \(account) ORDER BY f.since, friend
      """
    )
    var friends: [UUIDValue] = []
    for row in rows { friends.append(try row.get("friend")) }
    return friends
  }

  func friendRequests(to account: UUIDValue) async throws(PostgresError) -> [Auth.FriendRequest] {
    let rows = try await database.query(
      """
      SELECT r.sender, r.created FROM auth.friend_request r
      WHERE r.target = \(account) AND r.declined IS NULL ORDER BY r.created, r.sender LIMIT 500
      """
    )
    var requests: [Auth.FriendRequest] = []
    for row in rows {
      let sender: UUIDValue = try row.get("sender")
      let created = try row.get("created", as: Timestamp.self)
      requests.append(Auth.FriendRequest(from: sender.user, created: created.seconds))
    }
    return requests
  }

  /// Asks in the sender's name, or makes both friends if the target asked first. The pushes go out with the change. Throws
  /// `OneTooMany` for a new request that does not fit into the windows.
  func request(
    from sender: AccountRecord,
    to target: UUIDValue,
    countedIn windows: [TryWindow],
    at now: Timestamp
  ) async throws -> FriendRule.Outcome {
    try await change { transaction in
      try await self.lockPair(sender.id, target, transaction)
      let standing = try await self.standing(of: sender.id, to: target, transaction)
      let outcome = FriendRule.outcome(of: standing, at: now)
      switch outcome {
      case .friends, .alreadyPending, .tooSoon: break
      case .befriend:
        try await self.befriend(sender.id, target, transaction, at: now)
        try await self.push(MailTexts.friendAccepted(by: sender, to: target.user), transaction)
      case .ask:
        try await self.count(windows, at: now, in: transaction)
        try await self.ask(sender.id, target, transaction, at: now)
        try await self.push(MailTexts.friendRequest(by: sender, to: target.user), transaction)
      }
      return outcome
    }
  }

  /// False when nothing of that sender is pending.
  func answer(
    _ sender: UUIDValue,
    by target: AccountRecord,
    accept: Bool,
    at now: Timestamp
  ) async throws -> Bool {
    try await change { transaction in
      try await self.lockPair(sender, target.id, transaction)
      let declined = try await transaction.query(
        """
        UPDATE auth.friend_request SET declined = \(now)
        WHERE sender = \(sender) AND target = \(target.id) AND declined IS NULL
        """
      )
      guard declined.affected == 1 else { return false }
      guard accept else { return true }
      try await self.befriend(sender, target.id, transaction, at: now)
      try await self.push(MailTexts.friendAccepted(by: target, to: sender.user), transaction)
      return true
    }
  }

  /// False when they were none.
  func unfriend(_ one: UUIDValue, _ other: UUIDValue) async throws(PostgresError) -> Bool {
    let (low, high) = ordered(one, other)
    let rows = try await database.query("DELETE FROM auth.friendship WHERE low = \(low) AND high = \(high)")
    return rows.affected == 1
  }

  private func standing(
    of sender: UUIDValue,
    to target: UUIDValue,
    _ transaction: Transaction
  ) async throws -> FriendRule.Standing {
    let (low, high) = ordered(sender, target)
    let rows = try await transaction.query(
      """
      SELECT EXISTS (SELECT FROM auth.friendship WHERE low = \(low) AND high = \(high)) AS are_friends,
        EXISTS (SELECT FROM auth.friend_request
          WHERE sender = \(target) AND target = \(sender) AND declined IS NULL) AS target_asked,
        EXISTS (SELECT FROM auth.friend_request WHERE sender = \(sender) AND target = \(target)) AS asked,
        (SELECT declined FROM auth.friend_request WHERE sender = \(sender) AND target = \(target)) AS declined
      """
    )
    guard let row = rows.first else { return FriendRule.Standing() }
    var standing = FriendRule.Standing()
    standing.areFriends = try row.get("are_friends")
    standing.targetAsked = try row.get("target_asked")
    if try row.get("asked") {
      let declined = try row.get("declined", as: Timestamp?.self)
      standing.askedBefore = declined.map { .declined(at: $0) } ?? .pending
    }
    return standing
  }

  private func ask(_ sender: UUIDValue, _ target: UUIDValue, _ transaction: Transaction, at now: Timestamp) async throws
  {
    try await transaction.query(
      """
      INSERT INTO auth.friend_request (sender, target, created) VALUES (\(sender), \(target), \(now))
      ON CONFLICT (sender, target) DO UPDATE SET declined = NULL, created = EXCLUDED.created
      """
    )
  }

  private func befriend(
    _ one: UUIDValue,
    _ other: UUIDValue,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws {
    let (low, high) = ordered(one, other)
    try await transaction.query(
      """
      DELETE FROM auth.friend_request
      WHERE (sender = \(low) AND target = \(high)) OR (sender = \(high) AND target = \(low))
      """
    )
    try await transaction.query(
      """
      INSERT INTO auth.friendship (low, high, since) VALUES (\(low), \(high), \(now)) ON CONFLICT DO NOTHING
      """
    )
  }

  private func push(_ push: Delivery.SendPush, _ transaction: Transaction) async throws {
    try await post(push, key: "friend:\(UUIDValue.random())", in: transaction)
  }

  /// Of two who ask each other at the same moment, the second must see the first one's request.
  private func lockPair(_ one: UUIDValue, _ other: UUIDValue, _ transaction: Transaction) async throws {
    let (low, high) = ordered(one, other)
    try await transaction.query(
      "SELECT pg_advisory_xact_lock(hashtextextended(\("auth.pair:\(low):\(high)"), 0))"
    )
  }

  private func ordered(_ one: UUIDValue, _ other: UUIDValue) -> (low: UUIDValue, high: UUIDValue) {
    (one.high, one.low) < (other.high, other.low) ? (one, other) : (other, one)
  }
}
