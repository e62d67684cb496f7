import COpenSSL

/// How a token is signed; a key serves one of them only, so a token cannot choose another for it.
public enum SignatureAlgorithm: String, Sendable {
  /// RSA (PKCS #1 v1.5) with SHA-256, keys of 2048 bits and more.
  case rs256 = "RS256"
  /// ECDSA on P-256 with SHA-256.
  case es256 = "ES256"
}

/// A key pair of OpenSSL or its public half, with the one algorithm it is good for.
///
/// Unchecked: the key is never changed after it was made, OpenSSL lets any thread use such a key, and the last owner frees it.
final class SignatureKey: @unchecked Sendable {
  let raw: OpaquePointer
  let algorithm: SignatureAlgorithm

  /// Takes ownership; nil, with the key freed, when it suits no algorithm or there is none.
  init?(owning raw: OpaquePointer?) {
    guard let raw else {
      ERR_clear_error()
      return nil
    }
    guard let algorithm = SignatureKey.algorithm(of: raw) else {
      EVP_PKEY_free(raw)
      return nil
    }
    self.raw = raw
    self.algorithm = algorithm
  }

  deinit { EVP_PKEY_free(raw) }

  private static func algorithm(of raw: OpaquePointer) -> SignatureAlgorithm? {
    if EVP_PKEY_is_a(raw, "RSA") == 1 { return EVP_PKEY_get_bits(raw) >= 2048 ? .rs256 : nil }
    if EVP_PKEY_is_a(raw, "EC") == 1 { return curve(of: raw) == "prime256v1" ? .es256 : nil }
    return nil
  }

  private static func curve(of raw: OpaquePointer) -> String {
    var name = [UInt8](repeating: 0, count: 64)
    var length = 0
    let status = name.withUnsafeMutableBytes { buffer in
      EVP_PKEY_get_group_name(raw, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, &length)
    }
    return status == 1 ? String(decoding: name.prefix(length), as: UTF8.self) : ""
  }

  /// OpenSSL's form of a signature: DER for ECDSA.
  func sign(_ message: [UInt8]) -> [UInt8]? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    var length = 0
    guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, raw) == 1,
      EVP_DigestSign(context, nil, &length, message, message.count) == 1
    else { return nil }
    var signature = [UInt8](repeating: 0, count: length)
    guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { return nil }
    return Array(signature.prefix(length))
  }

  func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    let good =
      EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, raw) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    // A refusal leaves entries in this thread's error queue, where the next call into OpenSSL would find them.
    if !good { ERR_clear_error() }
    return good
  }
}
