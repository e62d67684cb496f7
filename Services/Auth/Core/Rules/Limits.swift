import Time
import Wire

/// What one address, or one name from one address, may do in a stretch of time. Off, nothing is counted.
struct Limits: Sendable {
  let areOn: Bool
  private var guesses: GuessLimit
  private var registrations: SlidingWindow<String>
  private var signups: SlidingWindow<String>
  private var codesByReceiver: SlidingWindow<String>
  private var codesByAddress: SlidingWindow<String>
  private var friendRequests: SlidingWindow<UserID>

  init(_ configuration: AuthConfiguration) {
    areOn = configuration.limitsAreOn
    guesses = GuessLimit(perName: configuration.loginLimit, perAddress: configuration.loginAddressLimit)
    registrations = SlidingWindow(limit: configuration.accountLimit, within: .seconds(3600))
    signups = SlidingWindow(limit: configuration.signupLimit, within: .seconds(3600))
    codesByReceiver = SlidingWindow(limit: configuration.codeLimit, within: .seconds(3600))
    codesByAddress = SlidingWindow(limit: configuration.codeAddressLimit, within: .seconds(3600))
    friendRequests = SlidingWindow(limit: configuration.friendLimit, within: .seconds(3600))
  }

  /// See `GuessLimit`; the same of its other methods.
  mutating func admitGuess(_ name: String, from address: String, at now: Timestamp) throws(Failure) {
    if areOn { try guesses.admit(name, from: address, at: now) }
  }

  mutating func answer(
    toGuess name: String,
    from address: String,
    at now: Timestamp,
    _ refusal: Failure
  ) -> Failure {
    areOn ? guesses.answer(to: name, from: address, at: now, refusal) : refusal
  }

  /// Asking whether a name is taken is a guess as well, but not one at that name's password.
  mutating func countProbe(from address: String, at now: Timestamp) {
    if areOn { guesses.count(from: address, at: now) }
  }

  /// Counts a new account, before it is made; `forgetAccount` takes it back if it is not.
  mutating func admitAccount(_ origin: AccountDraft.Origin, from address: String, at now: Timestamp) throws(Failure) {
    guard areOn else { return }
    try guesses.admit("", from: address, at: now)
    switch origin {
    case .chat: try take(&registrations, address, at: now)
    case .pictever, .jarvis: try take(&signups, address, at: now)
    }
  }

  mutating func forgetAccount(_ origin: AccountDraft.Origin, from address: String) {
    guard areOn else { return }
    switch origin {
    case .chat: registrations.forget(address)
    case .pictever, .jarvis: signups.forget(address)
    }
  }

  /// Counts a code to be sent to somebody's mailbox or telephone, whether or not there is one.
  mutating func admitCode(to receiver: String, from address: String, at now: Timestamp) throws(Failure) {
    guard areOn else { return }
    if let wait = codesByReceiver.wait(for: receiver, at: now) { throw refusal(wait) }
    try take(&codesByAddress, address, at: now)
    codesByReceiver.record(receiver, at: now)
  }

  /// Counts a request that would be new, since each sends a push; `forgetFriendRequest` takes it back if it was not.
  mutating func admitFriendRequest(by user: UserID, at now: Timestamp) throws(Failure) {
    if areOn { try take(&friendRequests, user, at: now) }
  }

  mutating func forgetFriendRequest(by user: UserID) {
    if areOn { friendRequests.forget(user) }
  }

  private func take<Key>(_ window: inout SlidingWindow<Key>, _ key: Key, at now: Timestamp) throws(Failure) {
    if let wait = window.wait(for: key, at: now) { throw refusal(wait) }
    window.record(key, at: now)
  }

  private func refusal(_ wait: Duration) -> Failure { Failure(.rateLimited, retryAfter: wholeSeconds(wait)) }
}
