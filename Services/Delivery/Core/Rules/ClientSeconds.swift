/// Unix seconds as the apps write them into texts: cursors and the dates of messages alike (pictever.md 3.1 and 3.3).
enum ClientSeconds {
  /// Whole seconds, a fraction, or the exponent form that one app writes, whose `+` may have become a blank; nil for what
  /// is no number, or below zero.
  static func parse(_ text: String) -> Double? {
    let plain = String(text.map { $0 == " " ? "+" : $0 })
    let isPlain = plain.utf8.allSatisfy { (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }
    guard isPlain, let seconds = Double(plain), seconds.isFinite, seconds >= 0 else { return nil }
    return seconds
  }
}
