extension Auth {
  /// Tells whose a credential is, and pushes the end of a session used in its last month further away.
  ///
  /// Refuses with `unauthenticated` a credential that is unknown, expired or revoked. The answer may be cached until
  /// `expires` as long as `SessionsEnded` is listened to, but not for longer than an hour, so that use is noticed.
  public struct Verify: Call, Codable {
    public typealias Reply = Identity
    public static let name = "auth.verify"
    public let credential: Credential

    public init(_ credential: Credential) { self.credential = credential }
    public init(from decoder: any Decoder) throws { credential = try Credential(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try credential.encode(to: encoder) }
  }

  public struct Identity: Message, Codable, Sendable, Equatable {
    public var user: UserID
    /// For an outside issuer's token, a name made from it: every use of one token is one session.
    public var session: SessionID
    public var email: String?
    public var name: String
    /// Unix seconds.
    public var expires: Int

    public init(user: UserID, session: SessionID, email: String?, name: String, expires: Int) {
      self.user = user
      self.session = session
      self.email = email
      self.name = name
      self.expires = expires
    }
  }

  /// A session just opened. The token is told here and never again.
  public struct OpenedSession: Message, Codable, Sendable, Equatable {
    public var user: UserID
    public var name: String
    public var session: SessionID
    public var token: String
    /// Unix seconds.
    public var expires: Int

    public init(user: UserID, name: String, session: SessionID, token: String, expires: Int) {
      self.user = user
      self.name = name
      self.session = session
      self.token = token
      self.expires = expires
    }
  }

  /// Access to the Google calendar that a user has linked, for the suite's own calendar; renewed where it has ended.
  ///
  /// Refuses with `not_found` when nothing is linked, or the user has withdrawn it, and with `unavailable` while Google
  /// cannot be asked. A link that is being made is waited for.
  public struct GoogleAccess: Call, Codable {
    public static let name = "auth.google_access"
    public let user: UserID
    public init(of user: UserID) { self.user = user }

    public struct Reply: Message, Codable, Sendable, Equatable {
      /// A bearer token that holds for at least a minute. A secret: it is neither stored nor logged.
      public var token: String
      public init(_ token: String) { self.token = token }
    }
  }

  /// Ends the context's session for good, an outside issuer's token too, and takes the push token that came with it.
  public struct Logout: Call, Codable {
    public typealias Reply = Empty
    public static let name = "auth.logout"
    public init() {}
  }

  /// Sessions that are over: caches drop them and sockets opened with them close.
  public struct SessionsEnded: Event, Codable, Sendable, Equatable {
    public static let subject = "auth.session_ended"
    public var sessions: [SessionID]
    /// The token hashes of the same sessions, as in `Credential`, in the same order.
    public var hashes: [String]
    /// Auth was cut off from its fellow copies and may have missed some: every cached session must be verified again.
    public var unknown: Bool

    public init(sessions: [SessionID], hashes: [String], unknown: Bool = false) {
      self.sessions = sessions
      self.hashes = hashes
      self.unknown = unknown
    }
  }
}
