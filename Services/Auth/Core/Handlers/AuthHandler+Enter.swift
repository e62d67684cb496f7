import Loop
import Postgres
import Wire

extension AuthHandler {
  /// Whom a token let in, and by which session.
  private struct Entrant {
    enum Party { case member(AccountRecord), newcomer(Voucher) }
    let party: Party
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
    let account =
      switch entrant.party {
      case .member(let account): try await store.apply(change, to: account, at: now)
      case .newcomer(let voucher): try await makeAccount(for: voucher, change)
      }
    if let code = form.serverCode { google?.redeem(code, for: account.id) }
    return account.profile
  }

  private func entrant(ofHash hash: String, _ submission: Submission) async throws -> Entrant {
    let (record, _) = try await session(hash, at: now)
    let form = try EnterForm(FieldReader(submission))
    var entrant = Entrant(party: .member(record.account), session: SessionID(record.id.description))
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
    let party = try await account(of: voucher).map { Entrant.Party.member($0) } ?? .newcomer(voucher)
    return Entrant(party: party, session: voucher.session)
  }

  private func require(_ email: String, _ own: String) throws(Failure) {
    guard email.lowercased() == own.lowercased() else { throw Failure(.forbidden, .emailMismatch) }
  }

  /// Of two first calls at once, both get the account that one of them makes. A call that asks for what another has makes
  /// none.
  private func makeAccount(for voucher: Voucher, _ change: EntryChange) async throws -> AccountRecord {
    var draft = AccountDraft(origin: .jarvis, name: voucher.name ?? nameFromEmail(voucher.email))
    draft.email = voucher.email
    draft.emailProven = true
    do {
      let account = try await store.create(draft, change, at: now)
      events(.accountMade(.jarvis))
      return account
    } catch let error as PostgresError where error.kind == .constraint(Auth.Reason.emailTaken.rawValue) {
      guard let account = try await account(of: voucher) else { throw Failure(.unauthenticated) }
      return try await store.apply(change, to: account, at: now)
    }
  }
}
