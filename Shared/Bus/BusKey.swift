import Security

/// The secret that daemons share when their bus leaves the machine: whoever connects must answer a random challenge with
/// its HMAC, so the key itself never crosses the wire.
public struct BusKey: Sendable {
  private let bytes: [UInt8]

  /// Fewer than 16 bytes are refused, because a challenge and its answer can be taken off the wire and guessed at.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= 16 else { return nil }
    self.bytes = bytes
  }

  static func challenge() -> String { Hex.encode(Random.bytes(32)) }

  func proof(of challenge: String) -> String {
    Hex.encode(HMAC.sha256(key: bytes, Array(challenge.utf8)))
  }

  func accepts(_ proof: String, for challenge: String) -> Bool {
    equalInConstantTime(Array(proof.utf8), Array(self.proof(of: challenge).utf8))
  }
}
