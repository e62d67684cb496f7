import Loop
import Postgres
import Security
import Time
import Wire

extension AuthHandler {
  func verify(_ call: Auth.Verify) async throws -> Auth.Identity {
    switch call.credential {
    case .session(let hash): try await identity(ofHash: hash)
    case .jwt(let token): try await identity(ofForeign: token)
    }
  }

  private func identity(ofHash hash: String) async throws -> Auth.Identity {
    let now = now
    let (record, bytes) = try await session(hash, at: now)
    var expires = record.expires
    if SessionRule.isRenewal(lastUsed: record.lastUsed, at: now) {
      expires = now + SessionRule.lifetime
      try await store.renew(hash: bytes, expires: expires, at: now)
    }
    return record.account.identity(session: SessionID(record.id.description), expires: expires.wholeSeconds)
  }

  private func identity(ofForeign token: String) async throws -> Auth.Identity {
    let voucher = try await vouch(token)
    guard let account = try await account(of: voucher) else { throw Failure(.unauthenticated, .noAccount) }
    return account.identity(session: voucher.session, expires: voucher.expires)
  }

  /// The live session behind a token's hash in hex.
  func session(_ hash: String, at now: Timestamp) async throws -> (SessionRecord, hash: [UInt8]) {
    guard let bytes = Hex.decode(hash), bytes.count == 32, let record = try await store.session(hash: bytes, at: now)
    else { throw Failure(.unauthenticated) }
    return (record, bytes)
  }

  /// What an outside issuer says in a token of its own.
  func vouch(_ token: String) async throws(Failure) -> Voucher {
    guard let google else { throw Failure(.unauthenticated) }
    return try await google.voucher(token, at: now)
  }

  /// The account of the e-mail an issuer vouches for, handed over to its owner if it was only claimed until now; nil when
  /// there is none.
  func account(of voucher: Voucher) async throws -> AccountRecord? {
    let (found, isRevoked) = try await store.foreignSession(hash: voucher.hash, email: voucher.email)
    guard !isRevoked else { throw Failure(.unauthenticated) }
    guard let account = found, !account.emailProven else { return found }
    announce(try await store.prove(account.id))
    events(.accountProven)
    return try await store.account(account.id)
  }

  func logout(_ context: CallContext) async throws -> Empty {
    let account = try caller(context)
    guard let session = context.session else { throw Failure(.unauthenticated) }
    if let hash = ForeignSession.hash(session) {
      try await store.revoke(hash: hash, of: account, until: now + SessionRule.longestForeignLife)
      announce(Auth.SessionsEnded(sessions: [session], hashes: [Hex.encode(hash)]))
    } else if let id = UUIDValue(session.text) {
      announce(try await store.endSession(id, of: account))
    }
    return Empty()
  }
}

extension AccountRecord {
  fileprivate func identity(session: SessionID, expires: Int) -> Auth.Identity {
    Auth.Identity(user: user, session: session, email: email, name: name, expires: expires)
  }
}
