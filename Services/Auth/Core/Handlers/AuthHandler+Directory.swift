import Loop
import Postgres
import Wire

extension AuthHandler {
  static let pageSize = 50

  func search(_ call: Auth.Search) async throws -> Auth.Profiles {
    guard call.text.utf8.count <= 254, !call.text.utf8.contains(0) else { throw Failure.invalid("q") }
    return Auth.Profiles(try await store.search(call.text, limit: AuthHandler.pageSize).map(\.profile))
  }

  func profiles(_ call: Auth.FetchProfiles) async throws -> Auth.Profiles {
    guard call.users.count <= Auth.FetchProfiles.most else { throw Failure.invalid("users") }
    return Auth.Profiles(try await store.accounts(call.users.compactMap { UUIDValue($0) }).map(\.profile))
  }

  func find(_ call: Auth.Find) async throws -> Auth.Profiles {
    guard call.emails.count <= Auth.Find.most, !call.emails.contains(where: { $0.utf8.contains(0) }) else {
      throw Failure.invalid("emails")
    }
    return Auth.Profiles(try await store.accounts(emails: call.emails).map(\.profile))
  }

  func googleAccess(_ call: Auth.GoogleAccess) async throws -> Auth.GoogleAccess.Reply {
    guard let google, let account = UUIDValue(call.user) else { throw Failure(.notFound) }
    return Auth.GoogleAccess.Reply(try await google.access(of: account) { try await self.store.grant(of: account) })
  }

  func resolve(_ call: Auth.Resolve) async throws -> Auth.Profile {
    guard let account = try await account(named: call.id) else { throw Failure(.notFound) }
    return account.profile
  }

  private func account(named id: String) async throws -> AccountRecord? {
    if let id = UUIDValue(id) { return try await store.account(id) }
    guard id.utf8.count <= 1024, !id.utf8.contains(0) else { return nil }
    return try await store.account(email: id)
  }
}

// MARK: - Friends

extension AuthHandler {
  func friends(_ context: CallContext) async throws -> Auth.ListFriends.Reply {
    Auth.ListFriends.Reply(try await store.friends(of: caller(context)).map(\.user))
  }

  func friendRequests(_ context: CallContext) async throws -> Auth.ListFriendRequests.Reply {
    Auth.ListFriendRequests.Reply(try await store.friendRequests(to: caller(context)))
  }

  func requestFriend(_ call: Auth.RequestFriend, _ context: CallContext) async throws -> Auth.Friendship {
    let sender = try await callerAccount(context)
    guard call.from.map({ sender.goes(by: $0) }) ?? true else { throw Failure(.forbidden) }
    guard let id = UUIDValue(call.target), let target = try await store.account(id) else { throw Failure(.notFound) }
    guard target.id != sender.id else { throw Failure.invalid("target") }
    let places = limits.friendRequest(by: sender.user)
    let outcome = try await counting(in: places) {
      try await store.request(from: sender, to: target.id, countedIn: places, at: now)
    }
    switch outcome {
    case .friends, .befriend: return Auth.Friendship(.accepted)
    case .ask, .alreadyPending: return Auth.Friendship(.pending)
    case .tooSoon(let wait): throw Failure(.rateLimited, .declinedLately, retryAfter: wholeSeconds(wait))
    }
  }

  func answerFriend(_ call: Auth.AnswerFriend, _ context: CallContext) async throws -> Auth.Friendship {
    let target = try await callerAccount(context)
    guard let sender = UUIDValue(call.from),
      try await store.answer(sender, by: target, accept: call.accept, at: now)
    else { throw Failure(.notFound) }
    return Auth.Friendship(call.accept ? .accepted : .declined)
  }

  func removeFriend(_ call: Auth.RemoveFriend, _ context: CallContext) async throws -> Empty {
    let account = try caller(context)
    guard let friend = UUIDValue(call.friend), try await store.unfriend(account, friend) else {
      throw Failure(.notFound)
    }
    return Empty()
  }
}

extension AccountRecord {
  /// Whether the text is one of the two names that paths and bodies know a user by: id or e-mail, in any case.
  fileprivate func goes(by name: String) -> Bool { [user.text, email?.lowercased()].contains(name.lowercased()) }
}
