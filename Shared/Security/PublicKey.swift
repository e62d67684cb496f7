import COpenSSL
public import JSON

/// A key that checks signatures.
public struct PublicKey: Sendable {
  let key: SignatureKey

  public var algorithm: SignatureAlgorithm { key.algorithm }

  init(key: SignatureKey) { self.key = key }

  /// Whether the key's owner made this signature, in the form of JSON Web Signatures, for exactly this message.
  public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard algorithm == .es256 else { return key.verify(signature, of: message) }
    guard let der = ECDSASignature.der(fromJoined: signature) else { return false }
    return key.verify(der, of: message)
  }

  /// Reads a JSON Web Key (RFC 7517); nil for kinds other than RSA of 2048 bits or more and P-256, and for broken ones.
  public init?(jwk: JSONObject) {
    if let use = jwk["use"]?.string, use != "sig" { return nil }
    let raw =
      switch jwk["kty"]?.string {
      case "RSA": PublicKey.rsa(jwk)
      case "EC": PublicKey.p256(jwk)
      default: OpaquePointer?.none
      }
    guard let key = SignatureKey(owning: raw) else { return nil }
    // A key that names its algorithm must not serve for another one.
    if let named = jwk["alg"]?.string, named != key.algorithm.rawValue { return nil }
    self.key = key
  }

  private static func rsa(_ jwk: JSONObject) -> OpaquePointer? {
    guard let modulus = number(jwk["n"]), let exponent = number(jwk["e"]) else { return nil }
    return carillon_rsa_public_key(modulus, Int32(modulus.count), exponent, Int32(exponent.count))
  }

  private static func p256(_ jwk: JSONObject) -> OpaquePointer? {
    guard jwk["crv"]?.string == "P-256", let x = number(jwk["x"]), let y = number(jwk["y"]) else { return nil }
    guard x.count == 32, y.count == 32 else { return nil }
    // An uncompressed point; OpenSSL refuses one that is not on the curve.
    let point = [0x04] + x + y
    return carillon_p256_public_key(point, Int32(point.count))
  }

  private static func number(_ value: JSONValue?) -> [UInt8]? {
    guard let bytes = value?.string.flatMap(Base64URL.decode), (1...1024).contains(bytes.count) else { return nil }
    return bytes
  }
}
