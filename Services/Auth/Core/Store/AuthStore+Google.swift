import Postgres
import Time

/// What Google hands over for a server code; both tokens are sealed before they get here.
struct GoogleGrant: Sendable {
  /// Google gives it at the first consent only.
  let refreshToken: [UInt8]?
  let accessToken: [UInt8]
  let accessExpires: Timestamp
}

extension AuthStore {
  /// What an account has linked; nil for nothing.
  func grant(of account: UUIDValue) async throws(PostgresError) -> GoogleGrant? {
    let rows = try await database.query(
      """
      SELECT refresh_token, access_token, access_expires FROM auth.google_grant WHERE account = \(account)
      """
    )
    guard let row = rows.first else { return nil }
    return GoogleGrant(
      refreshToken: try row.get(0, as: Bytea?.self)?.bytes,
      accessToken: try row.get(1, as: Bytea.self).bytes,
      accessExpires: try row.get(2)
    )
  }

  /// Stores the grant and keeps the refresh token of an earlier one when this has none.
  func store(_ grant: GoogleGrant, of account: UUIDValue, at now: Timestamp) async throws(PostgresError) {
    _ = try await database.query(
      """
      INSERT INTO auth.google_grant (account, refresh_token, access_token, access_expires, changed)
      VALUES (\(account), \(grant.refreshToken.map(Bytea.init)), \(Bytea(grant.accessToken)),
        \(grant.accessExpires), \(now))
      ON CONFLICT (account) DO UPDATE SET
        refresh_token = coalesce(EXCLUDED.refresh_token, auth.google_grant.refresh_token),
        access_token = EXCLUDED.access_token, access_expires = EXCLUDED.access_expires, changed = EXCLUDED.changed
      """
    )
  }
}
