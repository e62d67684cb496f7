import Security
import Settings

/// What an operator can set about auth.
public struct AuthConfiguration: Sendable {
  enum PhoneVerification: String, CaseIterable, Sendable { case off, sms }

  /// What is needed to trust Google's word about an e-mail.
  struct Google: Sendable {
    var keysURL: String
    var clientIDs: [String]
    /// Nil: server codes are ignored.
    var exchange: Exchange?
  }

  /// What is needed to turn a server code into access to a calendar.
  struct Exchange: Sendable {
    var tokenURL: String
    var clientID: String
    var clientSecret: Secret
    var sealing: SealingKey
  }

  var limitsAreOn = true
  /// Wrong passwords per minute for one name from one address, and from one address in all.
  var loginLimit = 10
  var loginAddressLimit = 300
  /// New accounts per hour from one address: by the chat, and by the apps, whose people share the few addresses of their
  /// telephone networks.
  var accountLimit = 100
  var signupLimit = 1000
  /// Codes per hour to one mailbox or telephone, and from one address in all.
  var codeLimit = 5
  var codeAddressLimit = 60
  /// Friend requests an hour by one user.
  var friendLimit = 60
  var passwordCost = PasswordCost.recommended
  var passwordWorkers = 1
  var passwordQueue = 64
  var phoneVerification = PhoneVerification.off
  /// Whether a stranger who asks for a reset learns that an e-mail is unknown, as the apps show it.
  var tellsUnknownEmails = true
  /// Who gets a short notice of each sign-up.
  var teamMail: String?
  /// Nil: tokens of Google are refused.
  var google: Google?
}
