// Texts that people type, which every service reads alike.

extension String {
  /// The text without white space at its ends, as Unicode knows it.
  public var trimmed: String {
    let isSpace: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
    let body = unicodeScalars.drop(while: isSpace)
    guard let last = body.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(body[...last])
  }
}

/// Whether a mail could be sent there: one `@` with something on both sides, no blank or control character, and at most
/// 254 bytes.
public func isMailAddress(_ text: String) -> Bool {
  let parts = text.split(separator: "@", omittingEmptySubsequences: false)
  guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), text.utf8.count <= 254 else { return false }
  return text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0.properties.generalCategory != .control }
}
