import COpenSSL

/// Unpredictable values from OpenSSL's generator, which is safe for keys.
///
/// A generator that fails ends the process: there is no safe value to go on with.
public enum Random {
  public static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      fill(buffer)
      initialized = count
    }
  }

  /// 256 random bits as 43 characters of base64url, for session tokens and other secrets that travel.
  public static func token() -> String { Base64URL.encode(bytes(32)) }

  /// A version 4 UUID in lower case.
  public static func uuid() -> String {
    var bytes = bytes(16)
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    var text = Hex.encode(bytes).utf8[...]
    return [8, 4, 4, 4, 12].map { length in
      defer { text = text.dropFirst(length) }
      return String(text.prefix(length))!
    }.joined(separator: "-")
  }

  /// `length` characters, each equally likely; `alphabet` holds 1 to 256 of them.
  public static func text(length: Int, alphabet: String) -> String {
    let letters = Array(alphabet)
    precondition((1...256).contains(letters.count), "an alphabet has 1 to 256 characters")
    // Bytes past the last whole multiple of the alphabet are thrown away: taking them would favour its first letters.
    let limit = 256 - 256 % letters.count
    var text = ""
    while text.count < length {
      for byte in bytes(length - text.count) where Int(byte) < limit {
        text.append(letters[Int(byte) % letters.count])
      }
    }
    return text
  }

  /// A code for people to type: upper-case letters and digits without those that look alike (0 O, 1 I L); almost five bits each.
  public static func code(length: Int = 8) -> String {
    text(length: length, alphabet: "23456789ABCDEFGHJKMNPQRSTUVWXYZ")
  }

  private static func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
    precondition(RAND_bytes(buffer.baseAddress, Int32(buffer.count)) == 1, "the random generator failed")
  }
}
