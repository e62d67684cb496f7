import Loop
import Postgres
import Wire

extension AuthHandler {
  /// Whom a token let in, and by which session.
  private struct Entrant {
    let account: AccountRecord
    let session: SessionID
    /// The e-mail to be claimed for an account that has none.
    var claim: String?
  }

  func enter(_ call: Auth.Enter) async throws -> Auth.Profile {
    let entrant =
      switch call.credential {
      case .session(let hash): try await entrant(ofHash: hash, call.submission)
      case .jwt(let token): try await entrant(ofForeign: token, call.submission)
      }
    let form = try EnterForm(FieldReader(call.submission))
    let change = EntryChange(
      email: entrant.claim,
      handle: form.handle,
      pushToken: form.pushToken,
      timezone: form.timezone,
      session: entrant.session
    )
    let account = try await store.apply(change, to: entrant.account, at: now)
    if let code = form.serverCode { google?.redeem(code, for: account.id) }
    return account.profile
  }

  private func entrant(ofHash hash: String, _ submission: Submission) async throws -> Entrant {
    let (record, _) = try await session(hash, at: now)
    let form = try EnterForm(FieldReader(submission))
    var entrant = Entrant(account: record.account, session: SessionID(record.id.description))
    guard let email = form.email else { return entrant }
    if let own = record.account.email {
      try require(email, own)
    } else {
      guard try await !store.isTaken(email: email) else { throw Failure(.forbidden, .emailMismatch) }
      entrant.claim = email
    }
    return entrant
  }

  private func entrant(ofForeign token: String, _ submission: Submission) async throws -> Entrant {
    let voucher = try await vouch(token)
    if let email = try EnterForm(FieldReader(submission)).email { try require(email, voucher.email) }
    if let account = try await account(of: voucher) { return Entrant(account: account, session: voucher.session) }
    return Entrant(account: try await makeAccount(for: voucher), session: voucher.session)
  }

  private func require(_ email: String, _ own: String) throws(Failure) {
    guard email.lowercased() == own.lowercased() else { throw Failure(.forbidden, .emailMismatch) }
  }

  /// Of two first calls at once, both get the account that one of them makes.
  private func makeAccount(for voucher: Voucher) async throws -> AccountRecord {
    var draft = AccountDraft(origin: .jarvis, name: voucher.name ?? nameFromEmail(voucher.email))
    draft.email = voucher.email
    draft.emailProven = true
    do {
      try await store.create(draft, at: now)
      events(.accountMade(.jarvis))
    } catch let error as PostgresError where error.kind == .constraint(Auth.Reason.emailTaken.rawValue) {}
    guard let account = try await account(of: voucher) else { throw Failure(.unauthenticated) }
    return account
  }
}
