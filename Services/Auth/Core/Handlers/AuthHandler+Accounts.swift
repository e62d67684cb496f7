import Loop
import Postgres
import Security
import Time
import Wire

extension AuthHandler {
  func register(_ submission: Submission) async throws -> Empty {
    let form = try Registration(FieldReader(submission))
    try await makeAccount(.chat, "login \(form.login)", from: submission.address) {
      guard try await !store.isTaken(login: form.login) else { throw Failure(.conflict, .loginTaken) }
      var draft = AccountDraft(origin: .chat, name: form.username)
      draft.login = form.login
      draft.passwordHash = try await passwords.hash(form.password)
      return draft
    }
    return Empty()
  }

  func signUp(_ submission: Submission) async throws -> Empty {
    let form = try SignupForm(FieldReader(submission))
    try await makeAccount(.pictever, "email \(form.email.lowercased())", from: submission.address) {
      guard try await !store.isTaken(email: form.email) else { throw Failure(.conflict, .emailTaken) }
      var draft = AccountDraft(origin: .pictever, name: nameFromEmail(form.email))
      draft.email = form.email
      draft.country = form.country ?? draft.country
      draft.passwordHash = try await passwords.hash(form.password)
      return draft
    }
    return Empty()
  }

  /// Looks before it hashes, since a hash costs a thousand times as much; the constraint decides between two who both
  /// found the name free, and within this process the second waits for the first.
  private func makeAccount(
    _ origin: AccountDraft.Origin,
    _ name: String,
    from address: String,
    _ prepare: @LoopActor () async throws -> AccountDraft
  ) async throws {
    let (places, probe) = (limits.account(origin, from: address), limits.probe(from: address))
    try await turns.inTurn(of: name) {
      try await admit(places + probe)
      do {
        let draft = try await prepare()
        // Not in the transaction: a copy that hangs in the middle of it would stop everybody of that address. So one that
        // fails after all has cost a place, but names found taken, which is nearly all that fails, have not.
        try await count(places)
        try await store.create(draft, mails: welcome(draft), at: now)
      } catch let failure as Failure where failure.word == .conflict {
        try await count(probe)
        throw failure
      }
    }
    events(.accountMade(origin))
  }

  private func welcome(_ draft: AccountDraft) -> [Delivery.Notify] {
    guard let email = draft.email, isMailAddress(email) else { return [] }
    let notice = configuration.teamMail.map { MailTexts.signupNotice(to: $0, country: draft.country) }
    return [MailTexts.welcome(to: email, country: draft.country)] + (notice.map { [$0] } ?? [])
  }
}

// MARK: - Opening sessions by password

extension AuthHandler {
  func logIn(_ submission: Submission) async throws -> Auth.OpenedSession {
    let form = try LoginForm(FieldReader(submission))
    let account = try await authenticate(form.login, form.password, from: submission.address) {
      if let account = try await store.account(login: form.login) { return account }
      return form.login.contains("@") ? try await store.account(email: form.login) : nil
    }
    return try await open(.chat, for: account)
  }

  func signIn(_ submission: Submission) async throws -> Auth.OpenedSession {
    let form = try SignInForm(FieldReader(submission))
    let account = try await authenticate(form.email, form.password, from: submission.address) {
      try await store.account(email: form.email)
    }
    return try await open(.pictever, for: account, device: form.device, country: form.country)
  }

  /// The account that the name finds, if the password is its own. Who does not exist costs the same time.
  ///
  /// An attempt asks before the costly check and again with its outcome: of many sent at once, to whichever copies of auth,
  /// only the first few outcomes are told, whatever the others were.
  private func authenticate(
    _ name: String,
    _ password: String,
    from address: String,
    find: () async throws -> AccountRecord?
  ) async throws -> AccountRecord {
    let guess = limits.guess(at: name, from: address)
    try await admit(guess)
    let account = try await find()
    guard try await passwords.verify(password, against: account?.passwordHash), let account else {
      events(.loginRefused)
      try await count(guess)
      throw Failure(.unauthenticated, .wrongCredentials)
    }
    try await admit(guess)
    try await renewHash(of: account, password)
    return account
  }

  /// Replaces a hash that was made at an older cost. Where there is no room for that, the next login does it.
  private func renewHash(of account: AccountRecord, _ password: String) async throws {
    guard let old = account.passwordHash, passwords.needsRehash(old) else { return }
    guard let new = try? await passwords.hash(password) else { return }
    try await store.rehash(account.id, from: old, to: new)
  }

  private func open(
    _ origin: AccountDraft.Origin,
    for account: AccountRecord,
    device: DeviceReport? = nil,
    country: String? = nil
  ) async throws -> Auth.OpenedSession {
    let token = Random.token()
    let now = now
    let draft = SessionDraft(account: account.id, origin: origin, hash: SHA256.digest(token))
    guard let ended = try await store.open(draft, device: device, country: country, at: now) else {
      throw Failure(.unauthenticated, .wrongCredentials)
    }
    announce(ended)
    events(.sessionOpened(origin))
    return Auth.OpenedSession(
      user: account.user,
      name: account.name,
      session: SessionID(draft.id.description),
      token: token,
      expires: (now + SessionRule.lifetime).wholeSeconds
    )
  }
}
