import Postgres
import Time
import Wire

extension AuthStore {
  /// Deletes what has expired and says how many rows that were.
  func sweep(at now: Timestamp) async throws(PostgresError) -> Int {
    var deleted = 0
    for table in ["session", "revoked_token", "phone_code", "reset_code"] {
      deleted += try await database.query(
        "DELETE FROM auth.\(unescaped: table) WHERE expires <= \(now)"
      ).affected
    }
    return deleted
  }

  /// Reminds whoever signed up one to almost three days ago and has no phone number yet, once; at most so many at a time.
  /// Says how many it were.
  func remind(limit: Int, at now: Timestamp) async throws -> Int {
    try await change { transaction in
      let rows = try await transaction.query(
        """
        UPDATE auth.account SET phone_mail_sent = \(now) WHERE id IN (
          SELECT a.id FROM auth.account a
          WHERE a.origin = 'pictever' AND a.phone_mail_sent IS NULL AND a.active
            AND a.created > \((now - Reminder.latest)) AND a.created <= \((now - Reminder.earliest))
            AND NOT EXISTS (SELECT FROM auth.device d WHERE d.account = a.id AND d.phone IS NOT NULL)
          ORDER BY a.created LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        RETURNING id, email, country_code
        """
      )
      for row in rows {
        guard let email = try row.get("email", as: String?.self), isMailAddress(email) else { continue }
        let mail = MailTexts.phoneReminder(to: email, country: try row.get("country_code"))
        let account: UUIDValue = try row.get("id")
        try await self.post(mail, key: "phone-reminder:\(account)", in: transaction)
      }
      return rows.count
    }
  }
}

/// When an account without phone number is reminded of it (pictever.md 3.10).
enum Reminder {
  static let earliest = Duration.seconds(24 * 3600)
  static let latest = Duration.seconds(64 * 3600)
}
