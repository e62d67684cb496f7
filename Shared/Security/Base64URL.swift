import COpenSSL

/// Base64 with the alphabet of URLs and without padding (RFC 4648 section 5), the form of tokens and JSON Web Keys.
public enum Base64URL {
  public static func encode(_ bytes: [UInt8]) -> String {
    guard !bytes.isEmpty else { return "" }
    let length = (bytes.count * 4 + 2) / 3
    // OpenSSL pads to whole groups of four and ends with a zero byte.
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { text in
      EVP_EncodeBlock(text.baseAddress, bytes, Int32(bytes.count))
      for index in 0..<length {
        switch text[index] {
        case UInt8(ascii: "+"): text[index] = UInt8(ascii: "-")
        case UInt8(ascii: "/"): text[index] = UInt8(ascii: "_")
        default: break
        }
      }
      return length
    }
  }

  /// Strict: nil for padding, other characters, an impossible length, and for bits left over that are not zero. So each
  /// value has one text only, and a text changed in its last character is not the same value.
  public static func decode(_ text: String) -> [UInt8]? {
    var symbols: [UInt8] = []
    symbols.reserveCapacity(text.utf8.count + 3)
    for symbol in text.utf8 {
      guard let plain = standardSymbol(symbol) else { return nil }
      symbols.append(plain)
    }
    let padding = (4 - symbols.count % 4) % 4
    guard padding < 3 else { return nil }
    // Filled up with "A", which stands for six zero bits: what it adds must decode to zero bytes.
    for _ in 0..<padding { symbols.append(UInt8(ascii: "A")) }
    var bytes = [UInt8](repeating: 0, count: symbols.count / 4 * 3)
    guard symbols.isEmpty || EVP_DecodeBlock(&bytes, symbols, Int32(symbols.count)) == bytes.count else { return nil }
    for _ in 0..<padding where bytes.removeLast() != 0 { return nil }
    return bytes
  }

  private static func standardSymbol(_ symbol: UInt8) -> UInt8? {
    switch symbol {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): symbol
    case UInt8(ascii: "0")...UInt8(ascii: "9"): symbol
    case UInt8(ascii: "-"): UInt8(ascii: "+")
    case UInt8(ascii: "_"): UInt8(ascii: "/")
    default: nil
    }
  }
}
