import JSON

/// Who signed in, as Google vouches for it.
public struct GoogleIdentity: Sendable, Equatable {
  /// Google's lasting identifier of the account; the address may change, this does not.
  public let subject: String
  /// Proven by Google to belong to the account.
  public let email: String
  public let name: String?

  public init(subject: String, email: String, name: String?) {
    self.subject = subject
    self.email = email
    self.name = name
  }
}

/// Why a sign-in with Google is refused. Only `unknownKey` is worth another try, with a fresh set of keys.
public enum GoogleRefusal: Error, Sendable, Equatable {
  case malformed, algorithm, unknownKey, signature, issuer, audience, expired, issuedInFuture, emailNotVerified
}

/// The rules for Google's ID tokens. Keys and time are passed in, so nothing here waits.
public struct GoogleIDTokenVerifier: Sendable {
  /// A token may come from this many seconds ahead, since clocks differ; past its end it gets no grace.
  public static let leeway = 60
  private static let issuers: Set<String> = ["accounts.google.com", "https://accounts.google.com"]

  private let clientIDs: Set<String>

  /// Accepts tokens made for these client identifiers only; with none it refuses all.
  public init(clientIDs: Set<String>) { self.clientIDs = clientIDs }

  /// The identity of a token that holds at `now`, in seconds of Unix time.
  public func verify(_ text: String, keys: JWKSet, now: Int) throws(GoogleRefusal) -> GoogleIdentity {
    guard let token = JWT(parsing: text) else { throw .malformed }
    try checkSignature(of: token, keys: keys)
    guard let issuer = token.claims["iss"]?.string, Self.issuers.contains(issuer) else { throw .issuer }
    guard let audience = token.claims["aud"]?.string, clientIDs.contains(audience) else { throw .audience }
    try checkTime(of: token, now: now)
    return try identity(of: token)
  }

  private func checkSignature(of token: JWT, keys: JWKSet) throws(GoogleRefusal) {
    guard token.algorithm == .rs256 else { throw .algorithm }
    guard let id = token.keyID, let key = keys[id] else { throw .unknownKey }
    guard token.isSigned(by: key) else { throw .signature }
  }

  private func checkTime(of token: JWT, now: Int) throws(GoogleRefusal) {
    guard let expires = token.claims["exp"]?.number?.int, let issued = token.claims["iat"]?.number?.int else {
      throw .malformed
    }
    // Both claims may be any number: compared with clock values only, so that no sum overflows.
    guard expires > now else { throw .expired }
    guard issued < now + Self.leeway else { throw .issuedInFuture }
    if let start = token.claims["nbf"]?.number?.int, start >= now + Self.leeway { throw .issuedInFuture }
  }

  private func identity(of token: JWT) throws(GoogleRefusal) -> GoogleIdentity {
    let claims = token.claims
    guard let subject = claims["sub"]?.string, (1...255).contains(subject.utf8.count) else { throw .malformed }
    // Google has sent the flag as a boolean and as a text.
    let verified = claims["email_verified"]?.bool ?? (claims["email_verified"]?.string == "true")
    guard verified, let email = claims["email"]?.string, !email.isEmpty else { throw .emailNotVerified }
    return GoogleIdentity(subject: subject, email: email, name: claims["name"]?.string)
  }
}
