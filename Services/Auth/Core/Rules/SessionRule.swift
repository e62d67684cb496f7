import Time

/// How long sessions last and when use renews them.
enum SessionRule {
  static let lifetime = Duration.seconds(30 * 86_400)
  /// Use is written down once an hour, so that reading a session is hardly ever a write.
  static let renewal = Duration.seconds(3600)
  /// More than any person's devices; a client that logs in again at every start must not fill the table.
  static let mostPerAccount = 50
  /// A token of an outside issuer that claims to live longer is refused, so that a revoked one need not be remembered
  /// any longer either.
  static let longestForeignLife = Duration.seconds(86_400)

  static func isRenewal(lastUsed: Timestamp, at now: Timestamp) -> Bool { now - lastUsed >= renewal }
}
