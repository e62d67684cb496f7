import Bus
import Loop
import Postgres
import Security
import Time
import Wire

/// Answers auth's calls: reads what was sent, asks the rules and the store, and turns their answers into replies.
@LoopActor
final class AuthHandler {
  let store: AuthStore
  let passwords: PasswordHasher
  let clock: WallClock
  let configuration: AuthConfiguration
  /// Nil where no outside issuer is trusted.
  let google: GoogleSignIn?
  let events: @LoopActor (AuthEvent) -> Void
  private let publish: @LoopActor (Auth.SessionsEnded) -> Void
  let limits: Limits
  var fullWindows = FullWindows()
  /// Of the names that accounts are being made for.
  let turns = Turns<String>()

  init(
    store: AuthStore,
    configuration: AuthConfiguration,
    google: GoogleSignIn?,
    clock: WallClock,
    publish: @escaping @LoopActor (Auth.SessionsEnded) -> Void,
    events: @escaping @LoopActor (AuthEvent) -> Void
  ) {
    self.store = store
    self.configuration = configuration
    self.google = google
    self.clock = clock
    self.publish = publish
    self.events = events
    passwords = PasswordHasher(
      cost: configuration.passwordCost,
      workers: configuration.passwordWorkers,
      waiting: configuration.passwordQueue
    )
    limits = Limits(configuration)
  }

  var now: Timestamp { clock.now() }

  /// Tells at once whoever listens to this copy; the others hear it through the database.
  func announce(_ ended: EndedSessions) {
    guard !ended.ids.isEmpty else { return }
    let sessions = ended.ids.map { SessionID($0.description) }
    announce(Auth.SessionsEnded(sessions: sessions, hashes: ended.hashes.map(Hex.encode)))
  }

  func announce(_ event: Auth.SessionsEnded) {
    events(.sessionsEnded(count: event.sessions.count))
    publish(event)
  }

  /// Passes on what a copy of auth, perhaps this one, has put into the database. A session told of twice does no harm.
  func hear(_ notification: Postgres.Notification) {
    switch notification {
    case .listening: publish(Auth.SessionsEnded(sessions: [], hashes: [], unknown: true))
    case .received(let payload): if let event = SessionNotice.event(payload) { publish(event) }
    }
  }
}

// MARK: - Who calls

extension AuthHandler {
  func caller(_ context: CallContext) throws(Failure) -> UUIDValue {
    guard let user = context.user, let id = UUIDValue(user) else { throw Failure(.unauthenticated) }
    return id
  }

  func callerAccount(_ context: CallContext) async throws -> AccountRecord {
    guard let account = try await store.account(caller(context)) else { throw Failure(.unauthenticated) }
    return account
  }
}

// MARK: - The bus

extension AuthHandler {
  func register(on bus: BusServer) {
    registerAccounts(on: bus)
    registerDirectory(on: bus)
  }

  private func registerAccounts(on bus: BusServer) {
    on(bus, Auth.Verify.self) { call, _ in try await self.verify(call) }
    on(bus, Auth.Logout.self) { _, context in try await self.logout(context) }
    on(bus, Auth.Register.self) { call, _ in try await self.register(call.submission) }
    on(bus, Auth.Login.self) { call, _ in try await self.logIn(call.submission) }
    on(bus, Auth.Signup.self) { call, _ in try await self.signUp(call.submission) }
    on(bus, Auth.SignIn.self) { call, _ in try await self.signIn(call.submission) }
    on(bus, Auth.SetPhone.self) { try await self.setPhone($0.submission, $1) }
    on(bus, Auth.ConfirmPhone.self) { try await self.confirmPhone($0.submission, $1) }
    on(bus, Auth.SendReset.self) { call, _ in try await self.sendReset(call.submission) }
    on(bus, Auth.ResetPassword.self) { call, _ in try await self.resetPassword(call.submission) }
    on(bus, Auth.Enter.self) { call, _ in try await self.enter(call) }
  }

  private func registerDirectory(on bus: BusServer) {
    on(bus, Auth.Search.self) { call, _ in try await self.search(call) }
    on(bus, Auth.FetchProfiles.self) { call, _ in try await self.profiles(call) }
    on(bus, Auth.GoogleAccess.self) { call, _ in try await self.googleAccess(call) }
    on(bus, Auth.Find.self) { call, _ in try await self.find(call) }
    on(bus, Auth.Resolve.self) { call, _ in try await self.resolve(call) }
    on(bus, Auth.ListFriends.self) { _, context in try await self.friends(context) }
    on(bus, Auth.ListFriendRequests.self) { _, context in try await self.friendRequests(context) }
    on(bus, Auth.RequestFriend.self) { try await self.requestFriend($0, $1) }
    on(bus, Auth.AnswerFriend.self) { try await self.answerFriend($0, $1) }
    on(bus, Auth.RemoveFriend.self) { try await self.removeFriend($0, $1) }
  }

  private func on<C: Call>(
    _ bus: BusServer,
    _ call: C.Type,
    _ handle: @escaping @LoopActor (C, CallContext) async throws -> C.Reply
  ) {
    bus.on(call) { [self] request, context in
      do {
        return try await handle(request, context)
      } catch let error as PostgresError {
        throw Failure(error) ?? error
      } catch PasswordFailure.busy {
        events(.passwordQueueFull)
        throw Failure.unavailable
      } catch PasswordFailure.cancelled {
        throw Failure.unavailable
      } catch is Turnstile.Refusal {
        throw Failure.unavailable
      }
    }
  }
}

extension Failure {
  /// What a caller may be told of a database's error; nil when it is a defect of ours.
  init?(_ error: PostgresError) {
    switch error.kind {
    case .unavailable, .timeout: self = .unavailable
    // Two devices took one push token at the same moment: the loser may come again.
    case .constraint("push_token_held"): self = .unavailable
    case .constraint(let name):
      guard let reason = Auth.Reason(rawValue: name) else { return nil }
      self.init(.conflict, reason)
    case .state:
      guard error.isSerializationFailure else { return nil }
      self = .unavailable
    case .decoding: return nil
    }
  }
}
