/// What a database reports while it works; logs and metrics are made of these elsewhere.
public enum DatabaseEvent: Sendable {
  /// One more connection is ready.
  case connected(ConnectionRole)
  /// An attempt failed; the next one follows after the wait.
  case connectFailed(ConnectionRole, reason: String, retryAfter: Duration)
  /// A ready connection is gone; what was in flight on it has failed.
  case lost(ConnectionRole, reason: String)
  /// A statement outlived its deadline and the server was asked to cancel it.
  case cancelled
  /// A statement or transaction was turned away because too many wait already.
  case overloaded
}

/// What a connection is for.
public enum ConnectionRole: Hashable, Sendable {
  case shared, transaction, notification, lock
}
