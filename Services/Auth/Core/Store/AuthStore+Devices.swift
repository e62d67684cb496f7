import Postgres
import Time
import Wire

/// A phone number on its way to an account, with the device it was typed on.
struct PhoneClaim: Sendable, Equatable {
  let phone: String
  let device: DeviceReport
  let session: SessionID?
}

/// What a sign-in has changed about the account's current device.
enum DeviceChange {
  case none
  /// The device was noted again as it was. Delivery hears of it, since it may have forgotten the token.
  case again
  case new
}

extension AuthStore {
  /// Notes what a sign-in tells about the account's current device; without one it is dropped until a number is set.
  func report(
    _ device: DeviceReport,
    of draft: SessionDraft,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> DeviceChange {
    let rows = try await transaction.query(
      """
      UPDATE auth.device AS d SET os = coalesce(\(device.os?.rawValue), d.os), push_token = \(device.token),
        app_version = coalesce(\(device.version), d.app_version), session = \(draft.id.description), changed = \(now)
      FROM (SELECT account, app, os, push_token FROM auth.device
        WHERE account = \(draft.account) AND app = 'pictever' FOR UPDATE) AS held
      WHERE d.account = held.account AND d.app = held.app
      RETURNING (d.os, d.push_token) IS DISTINCT FROM (held.os, held.push_token)
      """
    )
    guard let row = rows.first else { return .none }
    return try row.get(0) ? .new : .again
  }

  /// Makes the number the account's one, on this device. A number of another account breaks `phone_taken`.
  func setPhone(_ claim: PhoneClaim, of account: UUIDValue, at now: Timestamp) async throws {
    try await tell { transaction in
      guard try await self.lock(account, transaction) else { return ((), []) }
      return ((), try await self.upsert(claim, of: account, transaction, at: now))
    }
  }

  private func upsert(
    _ claim: PhoneClaim,
    of account: UUIDValue,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> [String] {
    let released = try await release(claim.device.token, app: .pictever, but: account, transaction)
    try await transaction.query(
      """
      INSERT INTO auth.device (account, app, phone, os, push_token, app_version, session, changed)
      VALUES (\(account), 'pictever', \(claim.phone), \(claim.device.os?.rawValue), \(claim.device.token),
        \(claim.device.version), \(claim.session?.text), \(now))
      ON CONFLICT (account, app) DO UPDATE SET phone = EXCLUDED.phone, os = coalesce(EXCLUDED.os, auth.device.os),
        push_token = EXCLUDED.push_token, app_version = coalesce(EXCLUDED.app_version, auth.device.app_version),
        session = EXCLUDED.session, changed = EXCLUDED.changed
      """
    )
    return released + (try await announce(account, transaction))
  }

  /// Stores the planner's push token as the account's one. Gives the keys of the calls that tell who lost it, and whether
  /// the account had another.
  func setPushToken(
    _ token: String,
    of account: UUIDValue,
    session: SessionID,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> (released: [String], isNew: Bool) {
    let released = try await release(token, app: .jarvis, but: account, transaction)
    let rows = try await transaction.query(
      """
      WITH held AS (SELECT push_token FROM auth.device WHERE account = \(account) AND app = 'jarvis')
      INSERT INTO auth.device (account, app, os, push_token, session, changed)
      VALUES (\(account), 'jarvis', 'android', \(token), \(session.text), \(now))
      ON CONFLICT (account, app) DO UPDATE
      SET push_token = EXCLUDED.push_token, session = EXCLUDED.session, changed = EXCLUDED.changed
      RETURNING push_token IS DISTINCT FROM (SELECT push_token FROM held)
      """
    )
    return (released, try rows[0].get(0))
  }

  /// Takes a push token from whoever else has it: the same app on the same device now serves another account, and one
  /// person's pushes must not show on another's screen. Gives the keys of the calls that tell so.
  @discardableResult
  func release(
    _ token: String?,
    app: Delivery.Device.App,
    but account: UUIDValue,
    _ transaction: Transaction
  ) async throws -> [String] {
    guard let token else { return [] }
    let rows = try await transaction.query(
      """
      UPDATE auth.device SET push_token = NULL, session = NULL
      WHERE app = \(app.rawValue) AND push_token = \(token) AND account <> \(account) RETURNING account
      """
    )
    var news: [String] = []
    for row in rows { news += try await announce(try row.get("account"), transaction) }
    return news
  }
}

// MARK: - Codes by text message

extension AuthStore {
  /// Keeps the claim until its code is typed, in place of an earlier one, and sends the code.
  func storeClaim(
    _ claim: PhoneClaim,
    of account: UUIDValue,
    codeHash: [UInt8],
    message: Delivery.SendText,
    at now: Timestamp
  ) async throws {
    try await change { transaction in
      guard try await self.lock(account, transaction) else { return }
      let expires = now + SecretCode.lifetime
      try await transaction.query(
        """
        INSERT INTO auth.phone_code (account, phone, os, push_token, app_version, session, code_hash, expires)
        VALUES (\(account), \(claim.phone), \(claim.device.os?.rawValue), \(claim.device.token),
          \(claim.device.version), \(claim.session?.text), \(Bytea(codeHash)), \(expires))
        ON CONFLICT (account) DO UPDATE SET phone = EXCLUDED.phone, os = EXCLUDED.os,
          push_token = EXCLUDED.push_token, app_version = EXCLUDED.app_version, session = EXCLUDED.session,
          code_hash = EXCLUDED.code_hash, attempts = 0, expires = EXCLUDED.expires
        """
      )
      try await self.post(message, key: "phone:\(UUIDValue.random())", in: transaction)
    }
  }

  /// Uses up one attempt and gives what it is measured by; nil when there is no code or no attempt left.
  func attemptPhoneCode(of account: UUIDValue, at now: Timestamp) async throws(PostgresError) -> (PhoneClaim, [UInt8])?
  {
    let rows = try await database.query(
      """
      UPDATE auth.phone_code SET attempts = attempts + 1
      WHERE account = \(account) AND expires > \(now) AND attempts < \(SecretCode.attempts)
      RETURNING phone, os, push_token, app_version, session, code_hash
      """
    )
    guard let row = rows.first else { return nil }
    let device = DeviceReport(
      os: try row.get("os", as: String?.self).flatMap(Delivery.Device.OS.init),
      token: try row.get("push_token"),
      version: try row.get("app_version")
    )
    let session = try row.get("session", as: String?.self).map { SessionID($0) }
    let claim = PhoneClaim(phone: try row.get("phone"), device: device, session: session)
    return (claim, try row.get("code_hash", as: Bytea.self).bytes)
  }

  /// Makes a proven claim true, once; false when the code was used or replaced meanwhile.
  func confirm(_ claim: PhoneClaim, of account: UUIDValue, codeHash: [UInt8], at now: Timestamp) async throws -> Bool {
    try await tell { transaction in
      guard try await self.lock(account, transaction) else { return (false, []) }
      let used = try await transaction.query(
        "DELETE FROM auth.phone_code WHERE account = \(account) AND code_hash = \(Bytea(codeHash))"
      )
      guard used.affected == 1 else { return (false, []) }
      return (true, try await self.upsert(claim, of: account, transaction, at: now))
    }
  }
}
