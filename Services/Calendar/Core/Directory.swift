import Almanac
import Loop
import Postgres
import Time
import Wire

/// Who makes a call.
struct Caller: Sendable, Equatable {
  let id: UUIDValue
  let user: UserID
  /// In lower case.
  let email: String?
  let username: String
  let zone: Zone

  static func == (left: Caller, right: Caller) -> Bool {
    left.id == right.id && left.email == right.email && left.username == right.username
      && left.zone.name == right.zone.name
  }
}

/// Knows people by asking auth, and remembers callers for a short while.
@LoopActor
final class Directory {
  /// So long may somebody be known by an e-mail or zone they have just changed.
  private static let freshness = Duration.seconds(5)
  private static let mostKept = 10_000

  typealias Fetch = @LoopActor ([UserID]) async throws(Failure) -> [Auth.Profile]
  typealias Find = @LoopActor ([String]) async throws(Failure) -> [Auth.Profile]

  private let fetch: Fetch
  private let find: Find
  private let store: CalendarStore
  private let clock: WallClock
  private var known: [UUIDValue: (caller: Caller, until: ContinuousClock.Instant)] = [:]

  init(_ store: CalendarStore, clock: WallClock, fetch: @escaping Fetch, find: @escaping Find) {
    self.store = store
    self.clock = clock
    self.fetch = fetch
    self.find = find
  }

  /// The one who calls; `unauthenticated` for nobody, or somebody whom auth does not know. `anew` for calls that keep
  /// something by the caller's zone: a zone chosen a moment ago counts for them, whichever copy was told.
  func caller(of context: CallContext, anew: Bool = false) async throws -> Caller {
    guard let user = context.user, let id = UUIDValue(user.text) else { throw Failure(.unauthenticated) }
    let now = ContinuousClock.now
    if !anew, let kept = known[id], kept.until > now { return kept.caller }
    guard let profile = try await fetch([user]).first else { throw Failure(.unauthenticated) }
    let caller = Caller(profile, id)
    if known[id]?.caller != caller { try await store.note(caller, at: clock.now()) }
    if known.count >= Directory.mostKept { known.removeAll() }
    known[id] = (caller, now + Directory.freshness)
    return caller
  }

  /// The accounts that e-mails belong to, by e-mail in lower case. They are kept, so that rooms can let them in although
  /// they have never called the calendar themselves.
  func accounts(of emails: [String]) async throws -> [String: UserID] {
    guard !emails.isEmpty else { return [:] }
    let found = try await find(emails).compactMap { profile in UUIDValue(profile.id.text).map { Caller(profile, $0) } }
    try await store.keep(found)
    var accounts: [String: UserID] = [:]
    for caller in found { if let email = caller.email { accounts[email] = caller.user } }
    return accounts
  }

  /// The e-mail that an id or e-mail of a path means, in lower case; nil for an id that is no account's.
  func email(of name: String) async throws(Failure) -> String? {
    guard canonicalUUID(name) != nil else { return name.lowercased() }
    return try await fetch([UserID(name.lowercased())]).first?.email?.lowercased()
  }
}

extension Caller {
  /// A zone that this machine does not know cannot be the user's choice, which was checked; then UTC.
  init(_ profile: Auth.Profile, _ id: UUIDValue) {
    self.init(
      id: id,
      user: profile.id,
      email: profile.email?.lowercased(),
      username: profile.username,
      zone: Zone(named: profile.timezone) ?? .utc
    )
  }
}
