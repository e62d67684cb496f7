import COpenSSL

/// The content of a web push, readable by the one browser that it is for (RFC 8291, RFC 8188).
public struct WebPushMessage: Sendable {
  /// What one record holds beside its padding byte and its tag.
  public static let maximumBytes = 3993
  private static let recordSize: UInt32 = 4096

  /// The body to send, with content encoding `aes128gcm`.
  public let body: [UInt8]

  /// Nil when the key is no point of P-256, the secret has not 16 bytes, or the text is too long. Every call gives another
  /// body.
  public init?(_ text: [UInt8], browserKey: [UInt8], secret: [UInt8]) {
    self.init(
      text,
      browserKey: browserKey,
      secret: secret,
      own: SigningKey(generating: .es256),
      salt: Random.bytes(16)
    )
  }

  init?(_ text: [UInt8], browserKey: [UInt8], secret: [UInt8], own: SigningKey, salt: [UInt8]) {
    guard text.count <= WebPushMessage.maximumBytes, secret.count == 16, browserKey.count == 65,
      let point = own.publicPoint, let shared = own.agree(withPoint: browserKey)
    else { return nil }
    let info = Array("WebPush: info\0".utf8) + browserKey + point
    let input = WebPushMessage.derive(32, salt: secret, secret: shared, info: info)
    let key = WebPushMessage.derive(16, salt: salt, secret: input, info: Array("Content-Encoding: aes128gcm\0".utf8))
    let nonce = WebPushMessage.derive(12, salt: salt, secret: input, info: Array("Content-Encoding: nonce\0".utf8))
    var tag = [UInt8](repeating: 0, count: 16)
    // One record, the last: its padding is the delimiter 2 alone.
    guard let cipher = GCM(key: key, nonce: nonce, sealing: true), let sealed = cipher.run(text + [2], context: []),
      cipher.finish(), cipher.getTag(&tag)
    else { return nil }
    let size = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: WebPushMessage.recordSize >> $0) }
    body = salt + size + [UInt8(point.count)] + point + sealed + tag
  }

  /// HKDF with SHA-256 (RFC 5869) for at most one block.
  private static func derive(_ count: Int, salt: [UInt8], secret: [UInt8], info: [UInt8]) -> [UInt8] {
    Array(HMAC.sha256(key: HMAC.sha256(key: salt, secret), info + [1]).prefix(count))
  }
}

extension SigningKey {
  /// The uncompressed point of a P-256 key's public half, 65 bytes; nil for RSA.
  public var publicPoint: [UInt8]? {
    guard algorithm == .es256 else { return nil }
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = EVP_PKEY_get1_encoded_public_key(key.raw, &bytes)
    guard count == 65, let bytes else { return nil }
    defer { carillon_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// The secret that this key and the owner of the point share (ECDH); nil when it is no point of P-256.
  func agree(withPoint point: [UInt8]) -> [UInt8]? {
    guard let peer = carillon_p256_public_key(point, Int32(point.count)) else {
      ERR_clear_error()
      return nil
    }
    defer { EVP_PKEY_free(peer) }
    guard let context = EVP_PKEY_CTX_new(key.raw, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var length = 32
    var secret = [UInt8](repeating: 0, count: length)
    guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer) == 1,
      EVP_PKEY_derive(context, &secret, &length) == 1, length == 32
    else {
      ERR_clear_error()
      return nil
    }
    return secret
  }
}
