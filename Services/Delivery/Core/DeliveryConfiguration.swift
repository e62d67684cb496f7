import Outgoing
import Postgres
import Settings

/// What an operator can set about delivery.
public struct DeliveryConfiguration: Sendable {
  /// Nil: mail is off, and what is handed over waits.
  var mail: MailRoute?
  var providers = ProviderSettings()
  /// Users whose status is `Founder`.
  var founders: Set<UUIDValue> = []

  init() {}

  init(_ reader: inout EnvironmentReader) {
    mail = MailRoute(&reader)
    providers = ProviderSettings(&reader)
    let name = "CARILLON_FOUNDERS"
    for text in reader.list(name, default: [], "ids of users whose status is Founder") {
      guard let id = UUIDValue(text) else {
        reader.problem(name, "'\(text.prefix(40))' is no user's id")
        continue
      }
      founders.insert(id)
    }
  }
}

/// Through whom mails go, and whose name they bear.
struct MailRoute: Sendable {
  var relay: MailRelay
  var from: MailAddress

  /// What stands behind the `@` of the sender, and of every Message-ID.
  var domain: String { String(from.address.drop { $0 != "@" }.dropFirst()) }
}

extension MailRoute {
  /// Nil when mail is off, or not to be had with these settings.
  init?(_ reader: inout EnvironmentReader) {
    let url = reader.url(
      "CARILLON_SMTP_URL",
      schemes: ["smtp", "smtps"],
      "the server that takes mails; unset: mail is off"
    )
    let user = reader.text("CARILLON_SMTP_USER", "who we are to that server, where it asks")
    let password = reader.secret("CARILLON_SMTP_PASSWORD_FILE", "file (mode 0600) with the password to that")
    let name = "CARILLON_MAIL_FROM"
    let sender = reader.text(name, "the sender of all mails, such as 'Carillon <no-reply@example.org>'")
    let from = sender.flatMap { MailAddress(parsing: $0) }
    if sender != nil, from == nil { reader.problem(name, "is not a mail address") }
    if url != nil, sender == nil { reader.problem(name, "is needed beside CARILLON_SMTP_URL") }
    guard let url, let from else { return nil }
    self.init(relay: MailRelay(url: url, user: user, password: password?.text), from: from)
  }
}
