public import JSON

/// A signed token in compact form (RFC 7515, RFC 7519), taken apart but not yet believed: `isSigned(by:)` decides.
public struct JWT: Sendable {
  public let header: JSONObject
  public let claims: JSONObject
  private let signedPart: [UInt8]
  private let signature: [UInt8]

  /// Nil for anything but three parts whose first two are JSON objects, for more than 16 KiB, and for tokens that demand an
  /// extension we do not know (`crit`).
  public init?(parsing text: String) {
    guard text.utf8.count <= 16384 else { return nil }
    let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, let signature = Base64URL.decode(String(parts[2])),
      let header = JWT.object(parts[0]), let claims = JWT.object(parts[1]), header["crit"] == nil
    else { return nil }
    self.header = header
    self.claims = claims
    self.signature = signature
    signedPart = Array(parts[0].utf8) + [UInt8(ascii: ".")] + Array(parts[1].utf8)
  }

  private static func object(_ part: Substring) -> JSONObject? {
    guard let bytes = Base64URL.decode(String(part)) else { return nil }
    return try? JSONValue(parsing: bytes).object
  }

  /// What the header says; `none` and all that we do not check are nil.
  public var algorithm: SignatureAlgorithm? { header["alg"]?.string.flatMap(SignatureAlgorithm.init) }
  public var keyID: String? { header["kid"]?.string }

  /// Whether header and claims stand as the key's owner signed them. The key's algorithm counts, and the header must agree.
  public func isSigned(by key: PublicKey) -> Bool {
    algorithm == key.algorithm && key.verify(signature, of: signedPart)
  }

  /// The compact form of claims signed with this key; `claims` must be an object.
  public static func signed(_ claims: RawJSON, by key: SigningKey, id: String? = nil) -> String {
    var header = JSONWriter()
    header.beginObject()
    header.name("alg")
    header.string(key.algorithm.rawValue)
    header.name("typ")
    header.string("JWT")
    if let id {
      header.name("kid")
      header.string(id)
    }
    header.endObject()
    let signedPart = Base64URL.encode(header.bytes) + "." + Base64URL.encode(claims.bytes)
    return signedPart + "." + Base64URL.encode(key.sign(Array(signedPart.utf8)))
  }
}
