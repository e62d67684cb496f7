import JSON
import Security
import Testing

@Suite struct GoogleIDTokenTests {
  static let key = SigningKey(generating: .rs256)
  static let keys = JWKSet(["k1": key.publicKey, "ec": ec.publicKey])
  static let ec = SigningKey(generating: .es256)
  static let now = 1_700_000_000
  static let claims: [String: JSONValue] = [
    "iss": .string("https://accounts.google.com"), "aud": .string("carillon"), "sub": .string("117"),
    "email": .string("ann@x.org"), "email_verified": .bool(true), "name": .string("Ann"),
    "iat": .number(JSONNumber(now - 10)), "exp": .number(JSONNumber(now + 3600)),
  ]
  let verifier = GoogleIDTokenVerifier(clientIDs: ["carillon", "carillon-ios"])

  func token(
    _ changes: [String: JSONValue] = [:],
    key: SigningKey = Self.key,
    id: String? = "k1"
  ) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    for (name, value) in Self.claims.merging(changes, uniquingKeysWith: { $1 }) where !value.isNull {
      writer.name(dynamic: name)
      writer.value(value)
    }
    writer.endObject()
    return JWT.signed(writer.raw, by: key, id: id)
  }

  func refusal(of text: String, by verifier: GoogleIDTokenVerifier? = nil) -> GoogleRefusal? {
    do {
      _ = try (verifier ?? self.verifier).verify(text, keys: Self.keys, now: Self.now)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a good token gives its identity`() throws {
    let identity = try verifier.verify(token(), keys: Self.keys, now: Self.now)
    #expect(identity == GoogleIdentity(subject: "117", email: "ann@x.org", name: "Ann"))
    #expect(refusal(of: token(["iss": .string("accounts.google.com")])) == nil)
    #expect(refusal(of: token(["email_verified": .string("true"), "name": .null])) == nil)
  }

  @Test func `foreign claims are refused by their name`() {
    #expect(refusal(of: token(["iss": .string("https://evil.example")])) == .issuer)
    #expect(refusal(of: token(["iss": .null])) == .issuer)
    #expect(refusal(of: token(["aud": .string("other")])) == .audience)
    #expect(refusal(of: token(["aud": .array([.string("carillon"), .string("other")])])) == .audience)
    #expect(refusal(of: token(["email_verified": .bool(false)])) == .emailNotVerified)
    #expect(refusal(of: token(["email_verified": .null])) == .emailNotVerified)
    #expect(refusal(of: token(["email": .null])) == .emailNotVerified)
    #expect(refusal(of: token(["sub": .null])) == .malformed)
  }

  @Test func `time decides, with a minute of grace before and none behind`() {
    let now = Self.now
    #expect(refusal(of: token(["exp": .number(JSONNumber(now + 1))])) == nil)
    #expect(refusal(of: token(["exp": .number(JSONNumber(now))])) == .expired)
    #expect(refusal(of: token(["exp": .number(JSONNumber(now - 1))])) == .expired)
    #expect(refusal(of: token(["exp": .number(JSONNumber(Int.min))])) == .expired)
    #expect(refusal(of: token(["exp": .null])) == .malformed)
    #expect(refusal(of: token(["exp": .string("9999999999")])) == .malformed)
    #expect(refusal(of: token(["iat": .number(JSONNumber(now + 59))])) == nil)
    #expect(refusal(of: token(["iat": .number(JSONNumber(Int.max))])) == .issuedInFuture)
    #expect(refusal(of: token(["nbf": .number(JSONNumber(now + 60))])) == .issuedInFuture)
  }

  @Test func `only Google's own RSA keys count`() {
    #expect(refusal(of: token(key: Self.ec, id: "ec")) == .algorithm)
    #expect(refusal(of: token(id: "k2")) == .unknownKey)
    #expect(refusal(of: token(id: nil)) == .unknownKey)
    #expect(refusal(of: token(key: SigningKey(generating: .rs256))) == .signature)
    // An RS256 header over a key of the other kind.
    #expect(refusal(of: token(id: "ec")) == .signature)
  }

  @Test func `a token that says it is not signed is refused`() {
    let parts = token().split(separator: ".")
    let header = Base64URL.encode(Array(#"{"alg":"none","kid":"k1"}"#.utf8))
    #expect(refusal(of: "\(header).\(parts[1]).") == .algorithm)
    // The public key used as if it were a shared secret.
    let shared = Base64URL.encode(Array(#"{"alg":"HS256","kid":"k1"}"#.utf8)) + "." + parts[1]
    let code = HMAC.sha256(key: Self.key.publicKey.jwk(id: "k1").bytes, Array(shared.utf8))
    #expect(refusal(of: shared + "." + Base64URL.encode(code)) == .algorithm)
  }

  @Test func `rubbish is refused, not met with a crash`() {
    for text in ["", "a.b.c", String(repeating: ".", count: 20000), String(repeating: "A", count: 100_000)] {
      #expect(refusal(of: text) == .malformed)
    }
    #expect(refusal(of: token(), by: GoogleIDTokenVerifier(clientIDs: [])) == .audience)
  }
}
