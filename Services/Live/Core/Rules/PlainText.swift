@_spi(_Unicode) import Swift

/// Text that people typed, as it may be shown to everybody.
enum PlainText {
  /// In composed form (NFC), without control characters and marks that turn the direction of writing, trimmed.
  static func cleaned(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return text }
    let allowed = String(String.UnicodeScalarView(text.unicodeScalars.filter(isAllowed)))
    var composed = String.UnicodeScalarView()
    for scalar in allowed._nfc { composed.append(scalar) }
    return String(trimmed(composed[...]))
  }

  /// Whether there is anything to see in a cleaned text: not where all of it joins or fills, such as U+200B or U+3164.
  static func isVisible(_ text: String) -> Bool {
    text.unicodeScalars.contains { !$0.properties.isDefaultIgnorableCodePoint && !$0.properties.isWhitespace }
  }

  /// The length as browsers count it.
  static func units(_ text: String) -> Int { text.utf16.count }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F: false
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
    default: true
    }
  }

  private static func trimmed(_ scalars: String.UnicodeScalarView.SubSequence) -> String.UnicodeScalarView.SubSequence {
    var rest = scalars.drop { $0.properties.isWhitespace }
    while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
    return rest
  }
}
