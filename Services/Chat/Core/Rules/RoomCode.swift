import Security

/// The codes that rooms are shared by (chat.md 1).
enum RoomCode {
  static let length = 8
  /// Letters and digits without those that look alike: 57 of them, so about 1.1e14 codes.
  static let alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"

  static func random() -> String { Random.text(length: length, alphabet: alphabet) }

  /// Whether a text can be a code at all; no other need be looked up.
  static func isPossible(_ text: String) -> Bool {
    text.utf8.count == length && text.utf8.allSatisfy { letters.contains($0) }
  }

  private static let letters = Set(alphabet.utf8)
}
