/// What people read on their screens; a message's own text is never among it.
enum PushTexts {
  static func announcement(by name: String, when future: String, _ language: Language) -> String {
    switch language {
    case .english: "\(name) sent you a message. It will arrive \(future)."
    case .french: "\(name) vous a envoyé un message. Il arrivera \(future)."
    }
  }

  /// Tells somebody that a person of his address book is a member now.
  static func joined(_ name: String, _ language: Language) -> String {
    switch language {
    case .english: "\(name) joined. Send a message to the future!"
    case .french: "\(name) est là. Envoyez un message vers le futur !"
    }
  }
}
