/// How people's texts stand in the lists, which the old statistics page puts into its cells as HTML.
struct ListedText: Sendable {
  let isHTMLSafe: Bool

  /// Where pages need it, with look-alikes for what HTML would take for its own.
  func listed(_ text: String) -> String {
    guard isHTMLSafe, text.utf8.contains(where: { "<>&\"".utf8.contains($0) }) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map(ListedText.lookAlike)))
  }

  private static func lookAlike(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "<": "\u{2039}"
    case ">": "\u{203A}"
    case "&": "\u{FF06}"
    case "\"": "\u{FF02}"
    default: scalar
    }
  }
}
