public import JSON

/// The keys an issuer publishes, by their identifiers.
public struct JWKSet: Sendable {
  private let keys: [String: PublicKey]

  /// Reads the document behind an issuer's `jwks_uri`. Keys of kinds we cannot use are passed over, since issuers add such;
  /// throws when the text is not a set at all.
  public init(parsing document: [UInt8]) throws(JSONFault) {
    guard let list = try JSONValue(parsing: document).object?["keys"]?.array else { throw JSONFault(.type, at: 0) }
    var keys: [String: PublicKey] = [:]
    for entry in list.prefix(64) {
      guard let jwk = entry.object, let id = jwk["kid"]?.string, let key = PublicKey(jwk: jwk) else { continue }
      keys[id] = key
    }
    self.keys = keys
  }

  public init(_ keys: [String: PublicKey]) { self.keys = keys }

  public var isEmpty: Bool { keys.isEmpty }

  public subscript(id: String) -> PublicKey? { keys[id] }
}
