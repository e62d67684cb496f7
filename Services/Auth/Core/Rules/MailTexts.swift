import Time
import Wire

/// The mails and messages of auth, in the two languages the apps speak.
enum MailTexts {
  enum Language: Equatable {
    case english, french

    /// French where the apps' French users are (pictever.md 3.10).
    init(country: String) { self = ["fr", "be", "ch"].contains(country) ? .french : .english }
  }

  static func welcome(to email: String, country: String) -> Delivery.Notify {
    switch Language(country: country) {
    case .english:
      mail(
        email,
        "Welcome",
        "Welcome!\n\nYour account for \(email) is ready. Add your phone number in the app, so that your friends\n"
          + "can reach you, today or years from now.\n"
      )
    case .french:
      mail(
        email,
        "Bienvenue",
        "Bienvenue !\n\nVotre compte \(email) est prêt. Ajoutez votre numéro de téléphone dans l’application\n"
          + "pour que vos amis puissent vous écrire, aujourd’hui ou dans des années.\n"
      )
    }
  }

  static func phoneReminder(to email: String, country: String) -> Delivery.Notify {
    switch Language(country: country) {
    case .english:
      mail(
        email,
        "Your phone number is missing",
        "Hello,\n\nyour account has no phone number yet, so your friends cannot find you. Open the app and enter it:\n"
          + "messages that wait for your number will then reach you.\n"
      )
    case .french:
      mail(
        email,
        "Il manque votre numéro de téléphone",
        "Bonjour,\n\nvotre compte n’a pas encore de numéro de téléphone : vos amis ne peuvent pas vous trouver.\n"
          + "Ouvrez l’application et indiquez-le pour recevoir les messages qui vous attendent.\n"
      )
    }
  }

  /// A code is of no use after its time, so its mail is not sent then.
  static func resetCode(
    _ code: String,
    to email: String,
    country: String,
    until end: Timestamp
  ) -> Delivery.Notify {
    var notice = resetCode(code, to: email, country: country)
    notice.priority = .urgent
    notice.expires = end.seconds
    return notice
  }

  private static func resetCode(_ code: String, to email: String, country: String) -> Delivery.Notify {
    switch Language(country: country) {
    case .english:
      mail(
        email,
        "Your code for a new password",
        "Your code is \(code)\n\nIt can be used once, within 30 minutes. If you did not ask for it, ignore this mail:\n"
          + "your password stays as it is.\n"
      )
    case .french:
      mail(
        email,
        "Votre code pour un nouveau mot de passe",
        "Votre code est \(code)\n\nIl est valable une seule fois, pendant 30 minutes. Si vous ne l’avez pas demandé,\n"
          + "ignorez ce message : votre mot de passe ne change pas.\n"
      )
    }
  }

  static func signupNotice(to team: String, country: String) -> Delivery.Notify {
    mail(team, "New account", "Somebody signed up, country \(country).\n")
  }

  static func phoneCode(_ code: String, to phone: String, country: String) -> Delivery.SendText {
    switch Language(country: country) {
    case .english: Delivery.SendText(to: phone, text: "Your code is \(code)")
    case .french: Delivery.SendText(to: phone, text: "Votre code est \(code)")
    }
  }

  private static func mail(_ address: String, _ subject: String, _ text: String) -> Delivery.Notify {
    Delivery.Notify(mail: address, title: subject, body: text)
  }
}

// MARK: - Pushes

extension MailTexts {
  static func friendRequest(by sender: AccountRecord, to target: UserID) -> Delivery.SendPush {
    friendPush("Friend request", "\(sender.publicName) wants to be your friend.", from: sender, to: target)
  }

  static func friendAccepted(by sender: AccountRecord, to target: UserID) -> Delivery.SendPush {
    friendPush("New friend", "\(sender.publicName) and you are friends now.", from: sender, to: target)
  }

  private static func friendPush(
    _ title: String,
    _ body: String,
    from sender: AccountRecord,
    to target: UserID
  ) -> Delivery.SendPush {
    let data = ["type": "friend_request", "from": sender.user.text]
    return Delivery.SendPush(to: target, title: title, body: body, data: data)
  }
}

extension AccountRecord {
  fileprivate var publicName: String { handle ?? name }
}
