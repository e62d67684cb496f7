import Postgres
import Time
import Wire

/// What a planner's sign-in changes about its account; nil leaves a thing as it is.
struct EntryChange: Sendable {
  var email: String?
  var handle: String?
  var pushToken: String?
  var timezone: String?
  let session: SessionID

  var isEmpty: Bool { email == nil && handle == nil && pushToken == nil && timezone == nil }
}

extension AuthStore {
  /// Applies all of it or, when a name is held by another, nothing; gives the account as it is afterwards.
  func apply(_ entry: EntryChange, to account: AccountRecord, at now: Timestamp) async throws -> AccountRecord {
    guard !entry.isEmpty else { return account }
    try await tell { transaction in
      guard try await self.lock(account.id, transaction) else { return ((), []) }
      return ((), try await self.apply(entry, to: account.id, transaction, at: now))
    }
    guard let changed = try await self.account(account.id) else { throw Failure(.unauthenticated) }
    return changed
  }

  /// Makes an account with what its first sign-in asks for: all of it, or no account when a name is held by another.
  func create(_ draft: AccountDraft, _ entry: EntryChange, at now: Timestamp) async throws -> AccountRecord {
    try await tell { transaction in
      try await self.insert(draft, transaction, at: now)
      return ((), entry.isEmpty ? [] : try await self.apply(entry, to: draft.id, transaction, at: now))
    }
    guard let made = try await account(draft.id) else { throw Failure(.unauthenticated) }
    return made
  }

  /// Gives the keys of the calls that delivery should have heard before the answer: of another push token.
  private func apply(
    _ entry: EntryChange,
    to account: UUIDValue,
    _ transaction: Transaction,
    at now: Timestamp
  ) async throws -> [String] {
    var device: (released: [String], isNew: Bool) = ([], false)
    if let email = entry.email {
      try await transaction.query(
        """
        UPDATE auth.account SET email = lower(\(email)), email_proven = false
        WHERE id = \(account) AND email IS NULL
        """
      )
    }
    if let handle = entry.handle {
      try await transaction.query("UPDATE auth.account SET handle = \(handle) WHERE id = \(account)")
    }
    if let timezone = entry.timezone {
      try await transaction.query("UPDATE auth.account SET timezone = \(timezone) WHERE id = \(account)")
    }
    if let token = entry.pushToken {
      device = try await self.setPushToken(token, of: account, session: entry.session, transaction, at: now)
    }
    let told = try await self.announce(account, transaction)
    return device.released + (device.isNew ? told : [])
  }
}
