import Loop
import Outbox
import Postgres
import Time
import Wire

/// All SQL of auth, one method per statement or transaction. Its errors are PostgreSQL's own; `Refusals` translates them.
@LoopActor
final class AuthStore {
  let database: Database
  private let outbox: OutboxTable
  /// Called after a commit, so that the calls it left go at once; returns when those with the given keys are accepted, or
  /// cannot be for now.
  private let deliver: @LoopActor ([String]) async -> Void

  init(_ database: Database, outbox: OutboxTable, deliver: @escaping @LoopActor ([String]) async -> Void) {
    self.database = database
    self.outbox = outbox
    self.deliver = deliver
  }

  /// Runs the closure in a transaction, then sees to what it has left in the outbox.
  func change<T>(_ body: @LoopActor (Transaction) async throws -> T) async throws -> T {
    let outcome = try await database.transaction { try await body($0) }
    await deliver([])
    return outcome
  }

  /// The same for a change that delivery should have heard of before its maker is answered: what the client does next may
  /// depend on it. The closure gives the keys of the calls that tell of it.
  func tell<T>(_ body: @LoopActor (Transaction) async throws -> (T, news: [String])) async throws -> T {
    let (outcome, news) = try await database.transaction { try await body($0) }
    await deliver(news)
    return outcome
  }

  /// Puts a call on its way in the same transaction as the change it tells of; a key is accepted once.
  func post<C: Call>(_ call: C, key: String, in transaction: Transaction) async throws {
    try await outbox.leave(call, key: key, in: transaction)
  }
}

// MARK: - Finding accounts

extension AuthStore {
  func account(_ id: UUIDValue) async throws(PostgresError) -> AccountRecord? {
    try await one("SELECT \(unescaped: AccountRecord.columns) FROM auth.account a WHERE a.id = \(id) AND a.active")
  }

  func account(login: String) async throws(PostgresError) -> AccountRecord? {
    try await one(
      "SELECT \(unescaped: AccountRecord.columns) FROM auth.account a WHERE a.login = \(login) AND a.active"
    )
  }

  func account(email: String) async throws(PostgresError) -> AccountRecord? {
    try await one(
      """
      SELECT \(unescaped: AccountRecord.columns) FROM auth.account a
      WHERE lower(a.email) = lower(\(email)) AND a.active
      """
    )
  }

  func isTaken(login: String) async throws(PostgresError) -> Bool {
    try await !database.query("SELECT FROM auth.account WHERE login = \(login)").isEmpty
  }

  func isTaken(email: String) async throws(PostgresError) -> Bool {
    try await !database.query("SELECT FROM auth.account WHERE lower(email) = lower(\(email))").isEmpty
  }

  func isTaken(phone: String) async throws(PostgresError) -> Bool {
    try await !database.query("SELECT FROM auth.device WHERE phone = \(phone)").isEmpty
  }

  /// The accounts whose e-mail holds the text, by e-mail.
  func search(_ text: String, limit: Int) async throws(PostgresError) -> [AccountRecord] {
    try await all(
      """
      SELECT \(unescaped: AccountRecord.columns) FROM auth.account a
      WHERE a.email IS NOT NULL AND a.active AND position(lower(\(text)) IN lower(a.email)) > 0
      ORDER BY lower(a.email) LIMIT \(limit)
      """
    )
  }

  func accounts(_ ids: [UUIDValue]) async throws(PostgresError) -> [AccountRecord] {
    try await all(
      "SELECT \(unescaped: AccountRecord.columns) FROM auth.account a WHERE a.id = ANY(\(ids)) AND a.active"
    )
  }

  func accounts(emails: [String]) async throws(PostgresError) -> [AccountRecord] {
    try await all(
      """
      SELECT \(unescaped: AccountRecord.columns) FROM auth.account a
      WHERE lower(a.email) = ANY(SELECT lower(wanted) FROM unnest(\(emails)) AS wanted) AND a.active
      """
    )
  }

  private func one(_ sql: SQL) async throws(PostgresError) -> AccountRecord? {
    try await all(sql).first
  }

  private func all(_ sql: SQL) async throws(PostgresError) -> [AccountRecord] {
    var records: [AccountRecord] = []
    for row in try await database.query(sql) { records.append(try AccountRecord(row)) }
    return records
  }
}

// MARK: - Making and changing accounts

extension AuthStore {
  /// Stores the account, with the mails that go out once it is there. A login or e-mail that is held breaks
  /// `login_taken` or `email_taken`.
  func create(_ draft: AccountDraft, mails: [Delivery.Notify] = [], at now: Timestamp) async throws {
    try await change { transaction in
      try await self.insert(draft, transaction, at: now)
      for (number, mail) in mails.enumerated() {
        try await self.post(mail, key: "welcome:\(draft.id):\(number)", in: transaction)
      }
    }
  }

  func insert(_ draft: AccountDraft, _ transaction: Transaction, at now: Timestamp) async throws {
    try await transaction.query(
      """
      INSERT INTO auth.account
        (id, origin, login, email, email_proven, display_name, password_hash, country_code, created)
      VALUES (\(draft.id), \(draft.origin.rawValue), \(draft.login), lower(\(draft.email)), \(draft.emailProven),
        \(draft.name), \(draft.passwordHash), \(draft.country), \(now))
      """
    )
    try await announce(draft.id, transaction)
  }

  /// Takes the account's row, so that changes to one account happen one after the other. False when there is none.
  func lock(_ account: UUIDValue, _ transaction: Transaction) async throws -> Bool {
    try await !transaction.query("SELECT FROM auth.account WHERE id = \(account) AND active FOR NO KEY UPDATE").isEmpty
  }

  func rehash(_ account: UUIDValue, from old: String, to new: String) async throws(PostgresError) {
    _ = try await database.query(
      "UPDATE auth.account SET password_hash = \(new) WHERE id = \(account) AND password_hash = \(old)"
    )
  }

  /// Puts a snapshot of the account, as it stands in the transaction, on its way to delivery; gives the call's key.
  @discardableResult
  func announce(_ account: UUIDValue, _ transaction: Transaction) async throws -> [String] {
    let rows = try await transaction.query(
      """
      WITH changed AS (
        UPDATE auth.account SET revision = revision + 1 WHERE id = \(account)
        RETURNING id, revision, email, display_name, country_code, timezone
      )
      SELECT c.revision, c.email, c.display_name, c.country_code, c.timezone, d.app, d.os, d.push_token, d.phone
      FROM changed c LEFT JOIN auth.device d ON d.account = c.id
      """
    )
    guard let first = rows.first else { return [] }
    let person = Delivery.NotePerson(
      user: account.user,
      revision: try first.get("revision"),
      email: try first.get("email"),
      name: try first.get("display_name"),
      country: try first.get("country_code"),
      phone: try rows.lazy.compactMap { try $0.get("phone", as: String?.self) }.first,
      devices: try rows.compactMap(device),
      timezone: try first.get("timezone")
    )
    let key = "person:\(account):\(person.revision)"
    try await post(person, key: key, in: transaction)
    return [key]
  }

  private func device(_ row: Row) throws(PostgresError) -> Delivery.Device? {
    guard let token = try row.get("push_token", as: String?.self),
      let app = try row.get("app", as: String?.self).flatMap(Delivery.Device.App.init)
    else { return nil }
    let os = try row.get("os", as: String?.self).flatMap(Delivery.Device.OS.init)
    return Delivery.Device(app: app, os: os ?? .android, token: token)
  }
}
