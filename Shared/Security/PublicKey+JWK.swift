import COpenSSL
public import JSON

extension PublicKey {
  /// The key as a JSON Web Key, as an issuer publishes it.
  public func jwk(id: String) -> RawJSON {
    var writer = JSONWriter()
    writer.beginObject()
    for (name, value) in coordinates + [("alg", algorithm.rawValue), ("use", "sig"), ("kid", id)] {
      writer.name(dynamic: name)
      writer.string(value)
    }
    writer.endObject()
    return writer.raw
  }

  private var coordinates: [(String, String)] {
    switch algorithm {
    case .rs256: [("kty", "RSA"), ("n", number("n")), ("e", number("e"))]
    case .es256: [("kty", "EC"), ("crv", "P-256"), ("x", number("qx", width: 32)), ("y", number("qy", width: 32))]
    }
  }

  /// A number of the key in base64url, filled up with zeros to at least `width` bytes.
  private func number(_ name: String, width: Int32 = 0) -> String {
    var number: OpaquePointer?
    guard EVP_PKEY_get_bn_param(key.raw, name, &number) == 1 else { return "" }
    defer { BN_free(number) }
    let width = max(width, (BN_num_bits(number) + 7) / 8)
    var bytes = [UInt8](repeating: 0, count: Int(width))
    BN_bn2binpad(number, &bytes, width)
    return Base64URL.encode(bytes)
  }
}
