/// A phone number in the suite's canonical form: `00`, calling code, national number; digits only (pictever.md 3.12).
public struct PhoneNumber: Hashable, Sendable {
  public let text: String

  /// Reads a number as people and phone books write it; nil when it is none.
  ///
  /// A number without international prefix is taken as one of the country, a two-letter code in lower case.
  public init?(_ written: String, country: String) {
    guard var digits = PhoneNumber.digits(written) else { return nil }
    if !digits.hasPrefix("00") {
      guard let code = callingCode(of: country) else { return nil }
      if digits.hasPrefix("0") { digits.removeFirst() }
      digits = "00" + code + digits
    }
    guard (6...17).contains(digits.utf8.count) else { return nil }
    text = digits
  }

  /// The digits, an international `+` as `00`; nil when anything stands there that is neither digit nor decoration.
  private static func digits(_ written: String) -> String? {
    var rest = written[...]
    let blanks = rest.prefix { $0 == " " }
    rest = rest.dropFirst(blanks.count).drop { $0 == "\u{A0}" || $0 == "\u{202F}" }
    var digits = ""
    if rest.hasPrefix("+") {
      rest = rest.dropFirst()
      digits = "00"
    } else if !blanks.isEmpty, let first = rest.first, first != "0", first != "(" {
      // A form turns a `+` that was not encoded into a blank. No calling code begins with 0.
      digits = "00"
    }
    for character in String(rest).withoutTrunkZero {
      switch character {
      case "0"..."9" where character.isASCII: digits.append(character)
      case " ", "\u{A0}", "\u{202F}", ".", "-", "/", "(", ")": continue
      default: return nil
      }
    }
    return digits
  }
}

extension String {
  /// Without each `(0)`, which stands for the zero dialled only inside the country.
  fileprivate var withoutTrunkZero: String {
    var kept = ""
    var rest = self[...]
    while let character = rest.first {
      if rest.hasPrefix("(0)") {
        rest = rest.dropFirst(3)
      } else {
        kept.append(character)
        rest = rest.dropFirst()
      }
    }
    return kept
  }
}
