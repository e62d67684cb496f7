import Security
import Settings
import Wire

extension AuthConfiguration {
  init(_ reader: inout EnvironmentReader) {
    limitsAreOn = reader.flag("CARILLON_RATE_LIMITS", default: limitsAreOn, "limits on what one sender may do")
    loginLimit = reader.int(
      "CARILLON_LOGIN_LIMIT",
      default: loginLimit,
      in: 1...10_000,
      "wrong passwords a minute for one name from one address"
    )
    loginAddressLimit = reader.int(
      "CARILLON_LOGIN_ADDRESS_LIMIT",
      default: loginAddressLimit,
      in: 1...10_000,
      "wrong passwords, and names found taken, a minute from one address"
    )
    accountLimit = reader.int(
      "CARILLON_REGISTER_LIMIT",
      default: accountLimit,
      in: 1...10_000,
      "new accounts an hour from one address"
    )
    signupLimit = reader.int(
      "CARILLON_SIGNUP_LIMIT",
      default: signupLimit,
      in: 1...100_000,
      "new accounts of the apps an hour from one address"
    )
    codeLimit = reader.int(
      "CARILLON_CODE_LIMIT",
      default: codeLimit,
      in: 1...10_000,
      "codes an hour to one mailbox or phone number"
    )
    codeAddressLimit = reader.int(
      "CARILLON_CODE_ADDRESS_LIMIT",
      default: codeAddressLimit,
      in: 1...10_000,
      "codes an hour asked by one address"
    )
    friendLimit = reader.int(
      "CARILLON_FRIEND_LIMIT",
      default: friendLimit,
      in: 1...10_000,
      "friend requests an hour by one user"
    )
    readPasswords(&reader)
    phoneVerification = reader.choice(
      "CARILLON_PHONE_VERIFICATION",
      default: phoneVerification,
      "how a phone number is proven"
    )
    tellsUnknownEmails = reader.flag(
      "CARILLON_LEGACY_406",
      default: tellsUnknownEmails,
      "tell strangers that an e-mail has no account, as the apps show"
    )
    teamMail = reader.text("CARILLON_TEAM_MAIL", "who is told of each sign-up")
    if let teamMail, !isMailAddress(teamMail) { reader.problem("CARILLON_TEAM_MAIL", "is not a mail address") }
    google = Google(&reader)
  }

  private mutating func readPasswords(_ reader: inout EnvironmentReader) {
    let memory = reader.int(
      "CARILLON_PASSWORD_MEMORY",
      default: passwordCost.memory,
      in: 8...1_048_576,
      "KiB of memory that hashing a password takes; older hashes are renewed at login"
    )
    let passes = reader.int(
      "CARILLON_PASSWORD_PASSES",
      default: passwordCost.passes,
      in: 1...100,
      "passes over that memory"
    )
    passwordCost = PasswordCost(memory: memory, passes: passes, lanes: 1)
    passwordWorkers = reader.int(
      "CARILLON_PASSWORD_WORKERS",
      default: passwordWorkers,
      in: 1...64,
      "passwords hashed at once"
    )
    passwordQueue = reader.int(
      "CARILLON_PASSWORD_QUEUE",
      default: passwordQueue,
      in: 0...100_000,
      "logins that may wait for that; a further one is told to come back"
    )
  }
}

extension AuthConfiguration.Google {
  /// Nil when sign-in with Google is off.
  init?(_ reader: inout EnvironmentReader) {
    let keys = reader.url("CARILLON_GOOGLE_JWKS_URL", schemes: ["https", "http"], "where Google's signing keys are")
    let clients = reader.list(
      "CARILLON_GOOGLE_CLIENT_ID",
      default: [],
      "for whom Google's tokens may be made; first: ours"
    )
    let exchange = AuthConfiguration.Exchange(&reader, clientID: clients.first)
    guard let keys, !clients.isEmpty else {
      if keys != nil { reader.problem("CARILLON_GOOGLE_CLIENT_ID", "is needed beside CARILLON_GOOGLE_JWKS_URL") }
      return nil
    }
    self.init(keysURL: keys, clientIDs: clients, exchange: exchange)
  }
}

extension AuthConfiguration.Exchange {
  /// Nil unless all of its settings are there.
  init?(_ reader: inout EnvironmentReader, clientID: String?) {
    let url = reader.url("CARILLON_GOOGLE_TOKEN_URL", schemes: ["https", "http"], "where Google's codes are exchanged")
    let secret = reader.secret("CARILLON_GOOGLE_CLIENT_SECRET_FILE", "file (mode 0600) with the client's secret")
    let name = "CARILLON_SEALING_KEY_FILE"
    let file = reader.secret(name, "file (mode 0600) with 64 hex digits that seal Google's tokens at rest")
    let key = file.flatMap { SealingKey(file: $0.bytes) }
    if file != nil, key == nil { reader.problem(name, "the file does not hold 64 hexadecimal digits") }
    guard let url, let secret, let clientID else { return nil }
    guard let key else {
      if file == nil { reader.problem(name, "is needed to keep what CARILLON_GOOGLE_TOKEN_URL gives") }
      return nil
    }
    self.init(tokenURL: url, clientID: clientID, clientSecret: secret, sealing: key)
  }
}
