import COpenSSL

/// A private key that signs tokens: our own, or the one a push provider issued.
public struct SigningKey: Sendable {
  let key: SignatureKey

  public var algorithm: SignatureAlgorithm { key.algorithm }
  public var publicKey: PublicKey { PublicKey(key: key) }

  /// Reads an unencrypted PEM text (PKCS #8 or the older forms); nil unless it is RSA of 2048 bits or more, or P-256.
  public init?(pem: [UInt8]) {
    guard !pem.isEmpty, pem.count <= 65536,
      let key = SignatureKey(owning: carillon_read_private_key(pem, Int32(pem.count)))
    else { return nil }
    self.key = key
  }

  /// A fresh key, which lives in memory only. RSA takes tens of milliseconds.
  public init(generating algorithm: SignatureAlgorithm) {
    let raw = algorithm == .rs256 ? carillon_generate_rsa(2048) : carillon_generate_p256()
    guard let key = SignatureKey(owning: raw) else { preconditionFailure("no key could be generated") }
    self.key = key
  }

  /// The signature in the form of JSON Web Signatures.
  public func sign(_ message: [UInt8]) -> [UInt8] {
    let signature = key.sign(message).flatMap { algorithm == .es256 ? ECDSASignature.joined(fromDER: $0) : $0 }
    guard let signature else { preconditionFailure("a good key could not sign") }
    return signature
  }
}
