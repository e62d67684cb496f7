import Postgres
import Time
import Wire

extension UUIDValue {
  /// Nil for an id that cannot be an account's.
  init?(_ user: UserID) { self.init(user.text) }

  var user: UserID { UserID(description) }
}

extension Timestamp {
  /// Unix seconds, rounded down.
  var wholeSeconds: Int { Int(microseconds / 1_000_000) }
}
