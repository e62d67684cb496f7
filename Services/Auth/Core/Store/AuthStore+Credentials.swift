import Postgres
import Time
import Wire

/// How the owner of a mailbox has shown up.
enum MailboxProof: Sendable {
  /// By an outside issuer's word.
  case vouched
  /// By a code mailed there, with the hash of a new password.
  case code(passwordHash: String)
}

extension AuthStore {
  /// Stores the hash of a mailed code, in place of an earlier one, with the mail.
  func storeReset(of account: UUIDValue, codeHash: [UInt8], mail: Delivery.Notify, at now: Timestamp) async throws {
    try await change { transaction in
      let expires = now + SecretCode.lifetime
      try await transaction.query(
        """
        INSERT INTO auth.reset_code (account, code_hash, expires)
        VALUES (\(account), \(Bytea(codeHash)), \(expires))
        ON CONFLICT (account) DO UPDATE SET code_hash = EXCLUDED.code_hash, attempts = 0, expires = EXCLUDED.expires
        """
      )
      try await self.post(mail, key: "reset:\(UUIDValue.random())", in: transaction)
    }
  }

  /// Uses up one attempt and gives the hash it is measured by; nil when no code waits or no attempt is left.
  func attemptReset(of account: UUIDValue, at now: Timestamp) async throws(PostgresError) -> [UInt8]? {
    let rows = try await database.query(
      """
      UPDATE auth.reset_code SET attempts = attempts + 1
      WHERE account = \(account) AND expires > \(now) AND attempts < \(SecretCode.attempts)
      RETURNING code_hash
      """
    )
    return try rows.first?.get("code_hash", as: Bytea.self).bytes
  }

  /// Sets the new password once per code; nil when the code was used or replaced meanwhile.
  func reset(_ account: UUIDValue, codeHash: [UInt8], passwordHash: String) async throws -> EndedSessions? {
    try await tell { transaction in
      guard try await self.lock(account, transaction) else { return (nil, []) }
      let used = try await transaction.query(
        "DELETE FROM auth.reset_code WHERE account = \(account) AND code_hash = \(Bytea(codeHash))"
      )
      guard used.affected == 1 else { return (nil, []) }
      let ended = try await self.prove(account, by: .code(passwordHash: passwordHash), transaction)
      return (ended, ended.news)
    }
  }

  /// Hands the account to the owner of its mailbox, who has just shown up.
  func prove(_ account: UUIDValue) async throws -> EndedSessions {
    try await tell { transaction in
      guard try await self.lock(account, transaction) else { return (EndedSessions(), []) }
      let ended = try await self.prove(account, by: .vouched, transaction)
      return (ended, ended.news)
    }
  }

  /// Marks the mailbox proven. The first proof ends what whoever made the account has left in it: password, sessions, push
  /// tokens, codes. A mailed code ends the sessions of a proven account as well.
  func prove(_ account: UUIDValue, by proof: MailboxProof, _ transaction: Transaction) async throws -> EndedSessions {
    let first =
      try await transaction.query(
        """
        UPDATE auth.account SET email_proven = true, password_hash = NULL WHERE id = \(account) AND NOT email_proven
        """
      ).affected > 0
    if case .code(let hash) = proof {
      try await transaction.query("UPDATE auth.account SET password_hash = \(hash) WHERE id = \(account)")
    } else if !first {
      return EndedSessions()
    }
    var ended = try await end(
      "DELETE FROM auth.session WHERE account = \(account) RETURNING id, token_hash",
      of: account,
      transaction
    )
    if first { ended.news += try await forgetBelongings(of: account, transaction) }
    ended.news += try await announce(account, transaction)
    return ended
  }

  /// Push tokens outlive sessions that have expired, so all of them go; the phone number stays, or every owner who asks
  /// for a first reset would lose it.
  private func forgetBelongings(of account: UUIDValue, _ transaction: Transaction) async throws -> [String] {
    try await transaction.query(
      "UPDATE auth.device SET push_token = NULL, session = NULL WHERE account = \(account)"
    )
    let news = try await end(Delivery.EndDevices(account.user, sessions: nil), transaction)
    try await transaction.query("DELETE FROM auth.phone_code WHERE account = \(account)")
    try await transaction.query("DELETE FROM auth.reset_code WHERE account = \(account)")
    try await transaction.query("DELETE FROM auth.google_grant WHERE account = \(account)")
    return news
  }
}
