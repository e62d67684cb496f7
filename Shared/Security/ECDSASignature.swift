import COpenSSL

/// The two forms of a P-256 signature: OpenSSL's DER, and the 64 bytes of JSON Web Signatures (RFC 7518 section 3.4).
enum ECDSASignature {
  static func joined(fromDER der: [UInt8]) -> [UInt8]? {
    let parsed = der.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      return d2i_ECDSA_SIG(nil, &cursor, bytes.count)
    }
    guard let parsed else {
      ERR_clear_error()
      return nil
    }
    defer { ECDSA_SIG_free(parsed) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let written = bytes.withUnsafeMutableBufferPointer { buffer in
      BN_bn2binpad(ECDSA_SIG_get0_r(parsed), buffer.baseAddress, 32) == 32
        && BN_bn2binpad(ECDSA_SIG_get0_s(parsed), buffer.baseAddress! + 32, 32) == 32
    }
    return written ? bytes : nil
  }

  static func der(fromJoined bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count == 64, let signature = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(signature) }
    let r = bytes.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, 32, nil) }
    let s = bytes.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress! + 32, 32, nil) }
    // The signature owns the numbers only if it took both.
    guard r != nil, s != nil, ECDSA_SIG_set0(signature, r, s) == 1 else {
      BN_free(r)
      BN_free(s)
      return nil
    }
    return encode(signature)
  }

  private static func encode(_ signature: OpaquePointer) -> [UInt8]? {
    let length = i2d_ECDSA_SIG(signature, nil)
    guard length > 0 else { return nil }
    var der = [UInt8](repeating: 0, count: Int(length))
    let written = der.withUnsafeMutableBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return i2d_ECDSA_SIG(signature, &cursor)
    }
    return written == length ? der : nil
  }
}
