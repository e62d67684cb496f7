import HTTP
import Wire

/// The header by which two of the products named their user, and how far it is believed.
///
/// With a session the header may be there and must agree with it. Alone it counts only when the operator trusts whatever
/// stands in front of the gateway (`CARILLON_TRUST_IDENTITY_HEADERS`).
struct IdentityHeader: Sendable {
  let trusted: Bool
  /// Whether ids that are no UUID may name a user (`CARILLON_STATS_ID_MODE=any`).
  let anyText: Bool

  /// The user a request speaks for.
  func user(of request: HTTPRequest, surface: Surface, session: Identity?) throws(Failure) -> Identity? {
    switch surface {
    case .stats: try stats(request.headers.all("x-user-id"), session)
    case .chat: try chat(request.headers.all("user"), session)
    case .pictever, .jarvis, .live, .suite: session
    }
  }

  /// stats.md 2.5, rows 3, 7 and 8, and section 4, row 1.
  private func stats(_ values: [String], _ session: Identity?) throws(Failure) -> Identity? {
    guard session != nil || trusted else { throw Failure(.unauthenticated) }
    if values.count > 1 { throw .invalid("userId") }
    guard let value = values.first, !value.isEmpty else {
      if session == nil { throw .missing("userId") }
      return session
    }
    guard let user = canonicalUUID(value) ?? freeText(value) else { throw .invalid("userId") }
    return try agree(UserID(user), session)
  }

  private func freeText(_ value: String) -> String? {
    let scalars = value.unicodeScalars
    let isPrintable = scalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "/" }
    return anyText && isPrintable && scalars.count <= 128 ? value : nil
  }

  /// chat.md 3: a header that names somebody else than the token does is a mismatch; alone it is nobody, unless trusted.
  private func chat(_ values: [String], _ session: Identity?) throws(Failure) -> Identity? {
    guard let value = values.first else { return session }
    guard session != nil || trusted, let user = canonicalUUID(value), values.count == 1 else {
      throw session == nil ? Failure(.unauthenticated) : Failure(.forbidden, reason: "user_mismatch")
    }
    return try agree(UserID(user), session)
  }

  private func agree(_ user: UserID, _ session: Identity?) throws(Failure) -> Identity {
    guard let session else { return Identity(user: user) }
    guard session.user == user else { throw Failure(.forbidden, reason: "user_mismatch") }
    return session
  }
}
