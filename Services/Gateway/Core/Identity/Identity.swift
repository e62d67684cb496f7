import Wire

/// Who a request is made for, as the gateway has proven it.
struct Identity: Sendable, Equatable {
  var user: UserID
  /// Nil when a trusted proxy's bare header named the user.
  var session: SessionID?
  var email: String?
  var name: String?
  /// When the session ends unless it is used, in Unix seconds; nil without one.
  var expires: Int?

  init(
    user: UserID,
    session: SessionID? = nil,
    email: String? = nil,
    name: String? = nil,
    expires: Int? = nil
  ) {
    self.user = user
    self.session = session
    self.email = email
    self.name = name
    self.expires = expires
  }
}
