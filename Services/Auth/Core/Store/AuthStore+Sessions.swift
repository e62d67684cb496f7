import Postgres
import Time
import Wire

/// A session to be opened. Only the token's hash gets this far.
struct SessionDraft: Sendable {
  let id = UUIDValue.random()
  let account: UUIDValue
  let origin: AccountDraft.Origin
  let hash: [UInt8]
}

struct SessionRecord: Sendable {
  let id: UUIDValue
  let lastUsed: Timestamp
  let expires: Timestamp
  let account: AccountRecord
}

/// Sessions that a transaction has ended, to be told to everybody once it is committed.
struct EndedSessions: Sendable {
  var ids: [UUIDValue] = []
  var hashes: [[UInt8]] = []
  /// Keys of the calls by which delivery hears of it.
  var news: [String] = []
}

extension AuthStore {
  /// Opens the session and ends the account's least used ones beyond the limit; nil when the account is gone.
  func open(
    _ draft: SessionDraft,
    device: DeviceReport?,
    country: String?,
    at now: Timestamp
  ) async throws -> EndedSessions? {
    try await tell { transaction in
      guard try await self.lock(draft.account, transaction) else { return (nil, []) }
      let expires = now + SessionRule.lifetime
      try await transaction.query(
        """
        INSERT INTO auth.session (token_hash, id, account, origin, created, last_used, expires)
        VALUES (\(Bytea(draft.hash)), \(draft.id), \(draft.account), \(draft.origin.rawValue), \(now),
          \(now), \(expires))
        """
      )
      let news = try await self.note(device, country: country, of: draft, transaction, at: now)
      let ended = try await self.end(
        """
        DELETE FROM auth.session WHERE token_hash IN (
          SELECT token_hash FROM auth.session WHERE account = \(draft.account)
          ORDER BY last_used DESC OFFSET \(SessionRule.mostPerAccount))
        RETURNING id, token_hash
        """,
        of: draft.account,
        transaction
      )
      return (ended, news)
    }
  }

  /// Gives the keys of the calls that tell what is new; most sign-ins bring nothing new and need not wait.
  private func note(
    _ device: DeviceReport?,
    country: String?,
    of draft: SessionDraft,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> [String] {
    let moved = try await noteLogin(draft.account, country: country, transaction, at: now)
    var (change, news) = (DeviceChange.none, [String]())
    if let device {
      news = try await release(device.token, app: .pictever, but: draft.account, transaction)
      change = try await report(device, of: draft, transaction, at: now)
    }
    guard moved || change != .none else { return news }
    let snapshot = try await announce(draft.account, transaction)
    return change == .again && !moved ? news : news + snapshot
  }

  /// Whether the country changed.
  private func noteLogin(
    _ account: UUIDValue,
    country: String?,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> Bool {
    try await transaction.query("UPDATE auth.account SET last_login = \(now) WHERE id = \(account)")
    guard let country else { return false }
    let rows = try await transaction.query(
      "UPDATE auth.account SET country_code = \(country) WHERE id = \(account) AND country_code <> \(country)"
    )
    return rows.affected > 0
  }

  func session(hash: [UInt8], at now: Timestamp) async throws(PostgresError) -> SessionRecord? {
    let rows = try await database.query(
      """
      SELECT s.id AS session, s.last_used, s.expires, \(unescaped: AccountRecord.columns)
      FROM auth.session s JOIN auth.account a ON a.id = s.account
      WHERE s.token_hash = \(Bytea(hash)) AND s.expires > \(now) AND a.active
      """
    )
    guard let row = rows.first else { return nil }
    return SessionRecord(
      id: try row.get("session"),
      lastUsed: try row.get("last_used"),
      expires: try row.get("expires"),
      account: try AccountRecord(row)
    )
  }

  func renew(hash: [UInt8], expires: Timestamp, at now: Timestamp) async throws(PostgresError) {
    _ = try await database.query(
      """
      UPDATE auth.session SET last_used = \(now), expires = \(expires)
      WHERE token_hash = \(Bytea(hash))
      """
    )
  }

  /// Ends one session of the account.
  func endSession(_ session: UUIDValue, of account: UUIDValue) async throws -> EndedSessions {
    try await tell { transaction in
      guard try await self.lock(account, transaction) else { return (EndedSessions(), []) }
      var ended = try await self.end(
        "DELETE FROM auth.session WHERE id = \(session) AND account = \(account) RETURNING id, token_hash",
        of: account,
        transaction
      )
      if !ended.ids.isEmpty { ended.news += try await self.announce(account, transaction) }
      return (ended, ended.news)
    }
  }

  /// Runs a statement that deletes sessions of an account and returns `id, token_hash`; takes their push tokens along, and
  /// tells the other copies of auth at commit.
  func end(_ deletion: SQL, of account: UUIDValue, _ transaction: Transaction) async throws -> EndedSessions {
    var ended = EndedSessions()
    for row in try await transaction.query(deletion) {
      ended.ids.append(try row.get("id"))
      ended.hashes.append(try row.get("token_hash", as: Bytea.self).bytes)
    }
    guard !ended.ids.isEmpty else { return ended }
    try await transaction.query(
      """
      UPDATE auth.device SET push_token = NULL, session = NULL
      WHERE account = \(account) AND session = ANY(\(ended.ids.map(\.description)))
      """
    )
    let sessions = ended.ids.map { SessionID($0.description) }
    ended.news = try await end(Delivery.EndDevices(account.user, sessions: sessions), transaction)
    for payload in SessionNotice.payloads(ended) {
      try await transaction.query("SELECT pg_notify(\(SessionNotice.channel), \(payload))")
    }
    return ended
  }

  /// Has delivery forget devices that were added under sessions which are over; gives the call's key.
  func end(_ devices: Delivery.EndDevices, _ transaction: Transaction) async throws -> [String] {
    let key = "devices:\(UUIDValue.random())"
    try await post(devices, key: key, in: transaction)
    return [key]
  }

  /// Refuses a token of an outside issuer from now on, and takes the push token that came with such a one.
  func revoke(hash: [UInt8], of account: UUIDValue, until expires: Timestamp) async throws {
    try await tell { transaction in
      guard try await self.lock(account, transaction) else { return ((), []) }
      try await transaction.query(
        """
        INSERT INTO auth.revoked_token (token_hash, expires) VALUES (\(Bytea(hash)), \(expires))
        ON CONFLICT (token_hash) DO NOTHING
        """
      )
      // Google gives a new token every hour, so the one logged out is seldom the one that brought the push token.
      let devices = try await transaction.query(
        """
        UPDATE auth.device SET push_token = NULL, session = NULL
        WHERE account = \(account) AND session LIKE \(ForeignSession.prefix + "%")
        """
      )
      var news = devices.affected > 0 ? try await self.announce(account, transaction) : []
      let added = Delivery.EndDevices(account.user, sessions: [], prefix: ForeignSession.prefix)
      news += try await self.end(added, transaction)
      let name = ForeignSession.name(hash: hash)
      let payload = SessionNotice.payload(sessions: [name.text], hashes: [hash])
      try await transaction.query("SELECT pg_notify(\(SessionNotice.channel), \(payload))")
      return ((), news)
    }
  }

  /// The account that holds an e-mail an outside issuer vouches for, and whether the token was logged out.
  func foreignSession(hash: [UInt8], email: String) async throws(PostgresError) -> (AccountRecord?, isRevoked: Bool) {
    let revoked = try await database.query("SELECT FROM auth.revoked_token WHERE token_hash = \(Bytea(hash))")
    return (try await account(email: email), !revoked.isEmpty)
  }
}
