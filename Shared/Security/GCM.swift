import COpenSSL

/// One run of OpenSSL's AES-GCM with a key of 16 or 32 bytes, in OpenSSL's order: context, text, tag (when opening), finish, tag (when sealing).
final class GCM {
  private let context: OpaquePointer

  init?(key: [UInt8], nonce: [UInt8], sealing: Bool) {
    guard let context = EVP_CIPHER_CTX_new() else { return nil }
    self.context = context
    let kind = key.count == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm()
    // Twelve bytes are the nonce length that GCM has unless told otherwise.
    guard EVP_CipherInit_ex(context, kind, nil, key, nonce, sealing ? 1 : 0) == 1 else { return nil }
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// The other side of `text`, which is to be believed only once `finish` has agreed.
  func run(_ text: [UInt8], context extra: [UInt8]) -> [UInt8]? {
    var length: Int32 = 0
    guard extra.isEmpty || EVP_CipherUpdate(context, nil, &length, extra, Int32(extra.count)) == 1 else { return nil }
    guard !text.isEmpty else { return [] }
    var result = [UInt8](repeating: 0, count: text.count)
    guard EVP_CipherUpdate(context, &result, &length, text, Int32(text.count)) == 1 else { return nil }
    return Int(length) == text.count ? result : nil
  }

  func finish() -> Bool {
    var rest = [UInt8](repeating: 0, count: 16)
    var length: Int32 = 0
    return EVP_CipherFinal_ex(context, &rest, &length) == 1
  }

  func getTag(_ tag: inout [UInt8]) -> Bool { carillon_gcm_get_tag(context, &tag, Int32(tag.count)) == 1 }
  func setTag(_ tag: [UInt8]) -> Bool { carillon_gcm_set_tag(context, tag, Int32(tag.count)) == 1 }
}
