import Loop
import Phone
import Time
import Wire

extension AuthHandler {
  func setPhone(_ submission: Submission, _ context: CallContext) async throws -> Empty {
    let account = try await callerAccount(context)
    let form = try PhoneForm(FieldReader(submission))
    guard let number = PhoneNumber(form.number, country: account.country) else { throw Failure.invalid("phone_number") }
    let claim = PhoneClaim(phone: number.text, device: form.device, session: context.session)
    // A number the account has already was proven before; only the device may be new.
    if configuration.phoneVerification == .sms, account.phone != number.text {
      try await sendCode(for: claim, of: account, from: submission.address)
    } else {
      try await store.setPhone(claim, of: account.id, at: now)
    }
    return Empty()
  }

  private func sendCode(for claim: PhoneClaim, of account: AccountRecord, from address: String) async throws {
    let places = limits.code(to: claim.phone, from: address)
    try await admit(places)
    try await count(places)
    guard try await !store.isTaken(phone: claim.phone) else { throw Failure(.conflict, .phoneTaken) }
    let code = SecretCode.phone()
    try await store.storeClaim(
      claim,
      of: account.id,
      codeHash: SecretCode.digest(code, account: account.user.text),
      message: MailTexts.phoneCode(code, to: claim.phone, country: account.country),
      at: now
    )
  }

  func confirmPhone(_ submission: Submission, _ context: CallContext) async throws -> Empty {
    let account = try await callerAccount(context)
    let fields = try FieldReader(submission)
    try fields.require("verification_code")
    let code = try fields.trimmed("verification_code")
    guard let (claim, digest) = try await store.attemptPhoneCode(of: account.id, at: now),
      SecretCode.matches(code, account: account.user.text, digest: digest),
      try await store.confirm(claim, of: account.id, codeHash: digest, at: now)
    else { throw Failure(.conflict, .wrongCode) }
    return Empty()
  }
}
