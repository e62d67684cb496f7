/// The calls and events of `carillon-auth`: accounts, credentials, sessions, devices, phone numbers, directory, friends.
///
/// Calls without a user of their own (`friends`, `set_phone`, `logout`, ...) act for the user of the call's context and
/// refuse with `unauthenticated` when it has none.
public enum Auth {}

extension Auth {
  /// Why auth refused, where the failure's word does not say enough; these texts are `Failure.reason` on the wire.
  public enum Reason: String, Sendable, CaseIterable {
    /// `conflict`: another account has this login, e-mail, handle or phone number.
    case loginTaken = "login_taken"
    case emailTaken = "email_taken"
    case handleTaken = "handle_taken"
    case phoneTaken = "phone_taken"
    /// `conflict`: a mailed or texted code that is wrong, used, expired, or was guessed at too often.
    case wrongCode = "wrong_code"
    /// `not_found` when a reset mail is asked for; `unauthenticated` when a new password is set.
    case unknownEmail = "unknown_email"
    /// `unauthenticated`: login or password wrong, without telling which.
    case wrongCredentials = "wrong_credentials"
    /// `unauthenticated`: a good token of an outside issuer whose owner has no account yet; `auth.enter` makes one.
    case noAccount = "no_account"
    /// `forbidden`: the `email` sent along is not the one of the token's account.
    case emailMismatch = "email_mismatch"
    /// `invalid`: the body is JSON but not an object, so no field can be named.
    case notAnObject = "not_an_object"
    /// `rate_limited`: the other side declined less than a day ago.
    case declinedLately = "declined_lately"
  }

  /// How somebody proves who they are.
  ///
  /// A token of the suite never crosses the bus: the gateway sends the SHA-256 of the token's text in lower-case hex. A
  /// token with two dots is one of an outside issuer and goes as it is, since its signature must be checked.
  public enum Credential: Sendable, Hashable, Codable {
    case session(hash: String)
    case jwt(String)

    private enum CodingKeys: CodingKey { case hash, jwt }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      if let jwt = try container.decodeIfPresent(String.self, forKey: .jwt) {
        self = .jwt(jwt)
      } else {
        self = .session(hash: try container.decode(String.self, forKey: .hash))
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      switch self {
      case .session(let hash): try container.encode(hash, forKey: .hash)
      case .jwt(let jwt): try container.encode(jwt, forKey: .jwt)
      }
    }
  }

  /// What may be told about an account to those who may know it; the gateway's dialects pick from it.
  public struct Profile: Message, Codable, Sendable, Equatable {
    public var id: UserID
    /// As the owner wrote it; compare without regard to case.
    public var email: String?
    /// The chat's `username`, not unique.
    public var name: String
    /// The planner's `username`, unique without regard to case.
    public var handle: String?
    /// What the planner shows for a username, chosen or not: its clients expect a text.
    public var username: String { handle ?? name }
    /// In canonical form, such as `0033199001201`.
    public var phone: String?
    /// Two lower-case letters.
    public var country: String
    /// IANA name of the zone the user lives in.
    public var timezone: String

    public init(
      id: UserID,
      email: String?,
      name: String,
      handle: String?,
      phone: String?,
      country: String,
      timezone: String
    ) {
      self.id = id
      self.email = email
      self.name = name
      self.handle = handle
      self.phone = phone
      self.country = country
      self.timezone = timezone
    }
  }
}

extension Failure {
  /// A refusal with a reason of auth's own list.
  public init(_ word: Word, _ reason: Auth.Reason, field: String? = nil, retryAfter: Int? = nil) {
    self.init(word, field: field, reason: reason.rawValue, retryAfter: retryAfter)
  }
}
