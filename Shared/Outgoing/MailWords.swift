/// Text in headers (RFC 2047): plain where it may be, otherwise encoded words of at most 75 characters on lines of their own.
enum MailWords {
  private static let opening = "=?utf-8?Q?"
  private static let closing = "?="
  private static let room = 75 - opening.utf8.count - closing.utf8.count

  /// For a subject.
  static func encode(_ text: String) -> String {
    let text = withoutControls(text)
    return isPlain(text) ? text : encodedWords(text)
  }

  /// For the name before an address: quoted where it may be.
  static func encodePhrase(_ text: String) -> String {
    let text = withoutControls(text)
    guard isPlain(text) else { return encodedWords(text) }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private static func withoutControls(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
    return String(String.UnicodeScalarView(scalars))
  }

  /// Short printable ASCII that does not look encoded already. A longer text would need folding, which encoding brings along.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.count <= 200 && text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && !text.contains("=?")
  }

  private static func encodedWords(_ text: String) -> String {
    var words = [""]
    for scalar in text.unicodeScalars {
      let piece = String(scalar).utf8.map(encode).joined()
      // A character must not be torn between two words.
      if words[words.count - 1].utf8.count + piece.utf8.count > room { words.append("") }
      words[words.count - 1] += piece
    }
    return words.map { opening + $0 + closing }.joined(separator: "\r\n ")
  }

  private static func encode(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): String(UnicodeScalar(byte))
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): String(UnicodeScalar(byte))
    case UInt8(ascii: " "): "_"
    default: String(decoding: QuotedPrintable.escape(byte), as: UTF8.self)
    }
  }
}
