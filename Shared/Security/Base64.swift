import COpenSSL

/// Base64 with the standard alphabet and padding (RFC 4648 section 4).
public enum Base64 {
  /// The text as ASCII bytes.
  public static func encode(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    let length = (bytes.count + 2) / 3 * 4
    // OpenSSL ends it with a zero byte.
    return [UInt8](unsafeUninitializedCapacity: length + 1) { text, count in
      EVP_EncodeBlock(text.baseAddress, bytes, Int32(bytes.count))
      count = length
    }
  }

  /// Strict: nil for a length that is no multiple of four, for other characters, also white space, and for padding
  /// elsewhere than at the end. Bits left over are not looked at, as in browsers.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    let symbols = Array(text)
    guard symbols.count.isMultiple(of: 4) else { return nil }
    guard !symbols.isEmpty else { return [] }
    let padding = symbols.reversed().prefix(3).prefix { $0 == UInt8(ascii: "=") }.count
    guard padding < 3, symbols.dropLast(padding).allSatisfy(isSymbol) else { return nil }
    var bytes = [UInt8](repeating: 0, count: symbols.count / 4 * 3)
    guard EVP_DecodeBlock(&bytes, symbols, Int32(symbols.count)) == bytes.count else { return nil }
    bytes.removeLast(padding)
    return bytes
  }

  private static func isSymbol(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
    default: false
    }
  }
}
