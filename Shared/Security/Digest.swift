import COpenSSL

/// SHA-256 of bytes at hand.
public enum SHA256 {
  // Fetched once: OpenSSL 3 otherwise looks the algorithm up by name at every call.
  // Unchecked: the method is never changed or freed, and OpenSSL lets any thread use it.
  nonisolated(unsafe) private static let method = EVP_MD_fetch(nil, "SHA256", nil)

  /// The 32 bytes of the digest.
  public static func digest(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
      let status = EVP_Digest(bytes, bytes.count, digest.baseAddress, nil, method, nil)
      precondition(status == 1, "SHA-256 failed")
      count = 32
    }
  }

  /// The digest of the text's UTF-8, as tokens and codes are stored.
  public static func digest(_ text: String) -> [UInt8] { digest(Array(text.utf8)) }
}

/// SHA-1, for protocols that ask for it by name, such as a WebSocket's handshake. It protects nothing any more.
public enum SHA1 {
  /// The 20 bytes of the digest.
  public static func digest(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 20) { digest, count in
      let status = EVP_Digest(bytes, bytes.count, digest.baseAddress, nil, EVP_sha1(), nil)
      precondition(status == 1, "SHA-1 failed")
      count = 20
    }
  }
}

/// Proof that who wrote the message knows the key (RFC 2104).
public enum HMAC {
  /// The 32 bytes of the code. Compare them with `equalInConstantTime` only.
  public static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    // OpenSSL takes a null key as "the key of before", and an empty array may be null: one zero byte means the same.
    let key = key.isEmpty ? [0] : key
    return [UInt8](unsafeUninitializedCapacity: 32) { code, count in
      var length: UInt32 = 0
      let hash = EVP_sha256()
      let done = COpenSSL.HMAC(hash, key, Int32(key.count), message, message.count, code.baseAddress, &length)
      precondition(done != nil && length == 32, "HMAC failed")
      count = 32
    }
  }
}

/// Compares secrets in a time that depends on their length only.
public func equalInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
