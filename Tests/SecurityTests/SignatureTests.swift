import JSON
import Security
import Testing

@Suite struct SignatureTests {
  @Test(arguments: [SignatureAlgorithm.rs256, .es256])
  func `a token is believed by the key that signed it and by no other`(algorithm: SignatureAlgorithm) throws {
    let key = SigningKey(generating: algorithm)
    let text = JWT.signed(RawJSON(trusted: Array(#"{"sub":"ann"}"#.utf8)), by: key, id: "k1")
    let token = try #require(JWT(parsing: text))
    #expect(token.algorithm == algorithm)
    #expect(token.keyID == "k1")
    #expect(token.claims["sub"] == .string("ann"))
    #expect(token.isSigned(by: key.publicKey))
    #expect(!token.isSigned(by: SigningKey(generating: algorithm).publicKey))
  }

  @Test(arguments: [SignatureAlgorithm.rs256, .es256])
  func `a published key checks what its pair signed`(algorithm: SignatureAlgorithm) throws {
    let key = SigningKey(generating: algorithm)
    let set =
      Array(#"{"keys":[{"kty":"oct","kid":"x","k":"AA"},"#.utf8) + key.publicKey.jwk(id: "k1").bytes + Array("]}".utf8)
    let keys = try JWKSet(parsing: set)
    #expect(keys["x"] == nil)
    let published = try #require(keys["k1"])
    let message = Array("hello".utf8)
    #expect(published.verify(key.sign(message), of: message))
    #expect(!published.verify(key.sign(message), of: message + [0]))
  }

  @Test(arguments: [SignatureAlgorithm.rs256, .es256])
  func `no byte of a token can be changed`(algorithm: SignatureAlgorithm) {
    let key = SigningKey(generating: algorithm)
    let text = JWT.signed(RawJSON(trusted: Array(#"{"sub":"ann","n":1}"#.utf8)), by: key)
    let bytes = Array(text.utf8)
    for index in bytes.indices {
      var changed = bytes
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      let token = JWT(parsing: String(decoding: changed, as: UTF8.self))
      #expect(token?.isSigned(by: key.publicKey) != true, "byte \(index)")
    }
  }

  /// RFC 7515 appendix A.3: a key and a token of somebody else's making.
  @Test func `the published ES256 example holds`() throws {
    let jwk = #"""
      {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
      """#
    let key = try #require(PublicKey(jwk: JSONValue(parsing: Array(jwk.utf8)).object!))
    let text =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    #expect(try #require(JWT(parsing: text)).isSigned(by: key))
  }

  @Test(arguments: [
    "", ".", "..", "...", "a.b.c", "e30.e30", "e30.e30.", "e30.W10.AA", "e30.e30.AA.AA", "e30=.e30.AA",
    "eyJjcml0IjpbImV4cCJdfQ.e30.AA",
  ])
  func `what is no token or asks for the unknown is not one`(text: String) {
    if text == "e30.e30." {
      // Well formed, with an empty signature: it parses, and nobody believes it.
      #expect(JWT(parsing: text)?.isSigned(by: SigningKey(generating: .es256).publicKey) == false)
    } else {
      #expect(JWT(parsing: text) == nil)
    }
  }

  @Test(arguments: [
    #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
    #"{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
    #"{"kty":"EC","crv":"P-384"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":"","e":""}"#, "{}",
  ])
  func `weak, broken and unknown keys are none`(jwk: String) throws {
    #expect(try PublicKey(jwk: #require(JSONValue(parsing: Array(jwk.utf8)).object)) == nil)
  }

  @Test func `a key for encryption or another algorithm does not check signatures`() throws {
    let jwk = SigningKey(generating: .es256).publicKey.jwk(id: "k")
    let text = String(decoding: jwk.bytes, as: UTF8.self)
    for changed in [text.replacing("\"sig\"", with: "\"enc\""), text.replacing("ES256", with: "ES512")] {
      #expect(try PublicKey(jwk: #require(JSONValue(parsing: Array(changed.utf8)).object)) == nil)
    }
  }

  @Test func `a text that is no PEM key is no signing key`() {
    #expect(SigningKey(pem: []) == nil)
    #expect(SigningKey(pem: Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8)) == nil)
  }
}
