import Postgres
import Security
import Time
import Wire

extension UUIDValue {
  static func random() -> UUIDValue {
    let bytes = Random.bytes(16)
    func half(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    // Version 4 in the first half, the variant in the second (RFC 9562).
    let high = half(0..<8) & ~0xF000 | 0x4000
    return UUIDValue(high: high, low: half(8..<16) & ~(3 << 62) | 1 << 63)
  }

  /// Nil for an id that cannot be an account's.
  init?(_ user: UserID) { self.init(user.text) }

  var user: UserID { UserID(description) }
}

extension Timestamp {
  /// Unix seconds, rounded down.
  var wholeSeconds: Int { Int(microseconds / 1_000_000) }
}
