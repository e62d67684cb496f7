import Loop
import Security
import Time
import Wire

extension AuthHandler {
  func sendReset(_ submission: Submission) async throws -> Empty {
    let fields = try FieldReader(submission)
    try fields.require("email")
    let email = try fields.trimmed("email")
    let places = limits.code(to: email.lowercased(), from: submission.address)
    try await admit(places)
    try await count(places)
    guard let account = try await store.account(email: email) else {
      // Strangers learn who has an account only where an older app must be told.
      if configuration.tellsUnknownEmails { throw Failure(.notFound, .unknownEmail) }
      return Empty()
    }
    if let address = account.email, isMailAddress(address) { try await mailCode(to: address, account) }
    return Empty()
  }

  private func mailCode(to address: String, _ account: AccountRecord) async throws {
    let code = SecretCode.reset()
    let now = now
    try await store.storeReset(
      of: account.id,
      codeHash: SecretCode.digest(code, account: account.user.text),
      mail: MailTexts.resetCode(code, to: address, country: account.country, until: now + SecretCode.lifetime),
      at: now
    )
  }

  func resetPassword(_ submission: Submission) async throws -> Empty {
    let form = try ResetForm(FieldReader(submission))
    let guess = limits.guess(at: "reset:" + form.email, from: submission.address)
    let wrongCode = Failure(.conflict, .wrongCode)
    try await admit(guess)
    guard let account = try await store.account(email: form.email) else {
      try await count(guess)
      throw configuration.tellsUnknownEmails ? Failure(.unauthenticated, .unknownEmail) : wrongCode
    }
    guard let digest = try await store.attemptReset(of: account.id, at: now),
      SecretCode.matches(form.code, account: account.user.text, digest: digest)
    else {
      try await count(guess)
      throw wrongCode
    }
    let hash = try await passwords.hash(form.password)
    guard let ended = try await store.reset(account.id, codeHash: digest, passwordHash: hash) else { throw wrongCode }
    announce(ended)
    events(.passwordReset)
    return Empty()
  }
}
