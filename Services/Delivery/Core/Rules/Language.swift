/// The two languages that the apps speak.
enum Language: Sendable {
  case english, french

  /// By the two-letter code of a person's country.
  init(country: String) { self = country == "fr" ? .french : .english }

  /// For somebody of whom only a number in canonical form is known.
  init(phone: String) { self = phone.hasPrefix("0033") ? .french : .english }
}

/// The same words in both.
struct Wording: Sendable, Equatable {
  let english: String
  let french: String

  init(_ english: String, _ french: String) {
    self.english = english
    self.french = french
  }

  func callAsFunction(_ language: Language) -> String { language == .french ? french : english }
}
