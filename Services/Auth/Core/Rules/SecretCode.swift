import Security
import Time
import Wire

/// Codes that people copy from a mail or a text message (pictever.md 3.11).
enum SecretCode {
  /// Eight characters make 40 bits; with five attempts a guess succeeds once in 2 * 10^11 mails.
  static func reset() -> String { Random.code(length: 8) }
  /// Digits only, since telephones offer them for typing.
  static func phone() -> String { Random.text(length: 6, alphabet: "0123456789") }
  static let lifetime = Duration.seconds(30 * 60)
  static let attempts = 5

  /// What is stored: the hash over account and code, so that equal codes of two accounts do not look equal.
  static func digest(_ code: String, account: String) -> [UInt8] {
    SHA256.digest("\(account):\(code.trimmed.uppercased())")
  }

  static func matches(_ code: String, account: String, digest stored: [UInt8]) -> Bool {
    equalInConstantTime(digest(code, account: account), stored)
  }
}
