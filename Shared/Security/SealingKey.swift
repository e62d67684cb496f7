import COpenSSL

/// A key for what must not be readable where it is stored: AES-256-GCM, which also notices every change.
public struct SealingKey: Sendable {
  private static let version: UInt8 = 1
  private static let nonceLength = 12
  private static let tagLength = 16

  private let key: [UInt8]

  /// Nil unless there are exactly 32 bytes.
  public init?(_ key: [UInt8]) {
    guard key.count == 32 else { return nil }
    self.key = key
  }

  /// Takes the content of a key file: 64 hexadecimal digits (`openssl rand -hex 32`) with white space around; nil for
  /// anything else.
  public init?(file content: [UInt8]) {
    let text = String(decoding: content, as: UTF8.self)
    guard let digits = text.split(whereSeparator: \.isWhitespace).onlyElement, let key = Hex.decode(String(digits))
    else {
      return nil
    }
    self.init(key)
  }

  /// Version, nonce, cipher text and tag in one piece, 29 bytes longer than `plain`. Every call gives another result.
  ///
  /// `context` says where the value belongs, such as `user 17, refresh token`; it is not stored, and `open` needs the same:
  /// so a sealed value moved to another row does not open. One key is good for about four thousand million calls.
  public func seal(_ plain: [UInt8], context: [UInt8]) -> [UInt8] {
    let nonce = Random.bytes(Self.nonceLength)
    var tag = [UInt8](repeating: 0, count: Self.tagLength)
    guard let cipher = GCM(key: key, nonce: nonce, sealing: true), let text = cipher.run(plain, context: context),
      cipher.finish(), cipher.getTag(&tag)
    else { preconditionFailure("AES-256-GCM failed") }
    return [Self.version] + nonce + text + tag
  }

  /// The plain bytes; nil when key or context differ or anything was changed.
  public func open(_ sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
    let head = 1 + Self.nonceLength
    guard sealed.count >= head + Self.tagLength, sealed[0] == Self.version else { return nil }
    let tag = Array(sealed.suffix(Self.tagLength))
    guard let cipher = GCM(key: key, nonce: Array(sealed[1..<head]), sealing: false),
      let plain = cipher.run(Array(sealed[head..<(sealed.count - Self.tagLength)]), context: context),
      cipher.setTag(tag), cipher.finish()
    else {
      ERR_clear_error()
      return nil
    }
    return plain
  }
}

extension Collection {
  fileprivate var onlyElement: Element? { count == 1 ? first : nil }
}
