import Postgres
import Security
import Time

extension UUIDValue {
  /// A random one whose first bits are the time (RFC 9562, version 7): rows made one after the other lie side by side in
  /// their index, however large it is.
  static func ordered() -> UUIDValue {
    let bytes = Random.bytes(10)
    var (high, low): (UInt64, UInt64) = (0, 0)
    for byte in bytes[..<2] { high = high << 8 | UInt64(byte) }
    for byte in bytes[2...] { low = low << 8 | UInt64(byte) }
    let milliseconds = UInt64(max(0, WallClock.system.now().milliseconds)) & 0xFFFF_FFFF_FFFF
    return UUIDValue(high: milliseconds << 16 | 0x7000 | high & 0x0FFF, low: 0x8000_0000_0000_0000 | low >> 2)
  }
}
