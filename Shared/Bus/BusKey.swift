import Security

/// The secret that daemons share when their bus leaves the machine: whoever connects must answer a random challenge with
/// its HMAC, so the key itself never crosses the wire.
///
/// There may be several, while an old one is replaced: the first is shown, each is accepted.
public struct BusKey: Sendable {
  private let keys: [[UInt8]]

  /// Takes a file's text, one key a line. None, or one of fewer than 16 bytes, is refused, because a challenge and its
  /// answer can be taken off the wire and guessed at.
  public init?(_ text: [UInt8]) {
    keys = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map(Array.init)
    guard !keys.isEmpty, keys.allSatisfy({ $0.count >= 16 }) else { return nil }
  }

  static func challenge() -> String { Hex.encode(Random.bytes(32)) }

  func proof(of challenge: String) -> String {
    BusKey.proof(of: challenge, with: keys[0])
  }

  func accepts(_ proof: String, for challenge: String) -> Bool {
    keys.contains { equalInConstantTime(Array(proof.utf8), Array(BusKey.proof(of: challenge, with: $0).utf8)) }
  }

  private static func proof(of challenge: String, with key: [UInt8]) -> String {
    Hex.encode(HMAC.sha256(key: key, Array(challenge.utf8)))
  }
}
