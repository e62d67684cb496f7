import Bus
import HTTP
import Loop
import Security
import Time
import Wire

/// Turns the credential of a request into an identity, by the cache or by asking auth once per token.
@LoopActor
final class Authenticator {
  private let auth: BusClient
  private let clock: WallClock
  private var cache: SessionCache
  private var asking: [String: [CheckedContinuation<Void, Never>]] = [:]

  init(auth: BusClient, clock: WallClock, cache: SessionCache = SessionCache()) {
    self.auth = auth
    self.clock = clock
    self.cache = cache
    auth.subscribe(
      Auth.SessionsEnded.self,
      joined: { [self] in missed() },
      received: { [self] event in end(event) }
    )
  }

  private var observers: [@LoopActor (Auth.SessionsEnded?) -> Void] = []

  /// Calls back after the cache has let go of ended sessions, for sockets that live on one; with nil when it is not known
  /// which have ended, and each must be asked about.
  func observe(_ observer: @escaping @LoopActor (Auth.SessionsEnded?) -> Void) { observers.append(observer) }

  private func end(_ event: Auth.SessionsEnded) {
    guard !event.unknown else { return missed() }
    cache.end(tokens: event.hashes)
    for observer in observers { observer(event) }
  }

  private func missed() {
    cache.clear()
    for observer in observers { observer(nil) }
  }

  /// Takes tokens out of the cache at once; for a logout that went through this gateway.
  func forget(token key: String) { cache.end(tokens: [key]) }

  /// Who a token of that key belongs to, when auth was asked lately.
  func known(_ key: String) -> Identity? { cache.identity(for: key, at: .now) }

  /// Who a token belongs to; its key is `key(of:)`. Throws `unauthenticated` for a token that is unknown, expired or
  /// ended, and `unavailable` when auth is away and the token is not cached.
  func identity(token: String, _ key: String) async throws(Failure) -> Identity {
    while true {
      if let known = known(key) { return known }
      if asking[key] != nil {
        await withCheckedContinuation { asking[key]?.append($0) }
        if let known = known(key) { return known }
      }
      let epoch = cache.epoch
      if let answer = try await ask(token, key, epoch) { return answer }
    }
  }

  /// The account a trusted header names; throws `unauthenticated` when there is none (chat.md 2.3).
  func account(_ user: UserID) async throws(Failure) -> Identity {
    let key = "user \(user.text)"
    if let known = cache.identity(for: key, at: .now) { return known }
    let epoch = cache.epoch
    do throws(Failure) {
      let profile = try await auth.call(Auth.Resolve(user.text), CallContext(isRepeatable: true))
      let identity = Identity(user: profile.id, email: profile.email, name: profile.name)
      _ = cache.store(identity, for: key, lifetime: SessionCache.freshness, epoch: epoch, at: .now)
      return identity
    } catch {
      throw error.word == .notFound ? Failure(.unauthenticated) : error
    }
  }

  /// Asks auth; nil when an event came in meanwhile and the answer may be older than it.
  private func ask(_ token: String, _ key: String, _ epoch: Int) async throws(Failure) -> Identity? {
    asking[key] = asking[key] ?? []
    defer {
      for waiter in asking.removeValue(forKey: key) ?? [] { waiter.resume() }
    }
    let call = Auth.Verify(Authenticator.credential(token, key))
    let verified = try await auth.call(call, CallContext(isRepeatable: true))
    let identity = Identity(
      user: verified.user,
      session: verified.session,
      email: verified.email,
      name: verified.name,
      expires: verified.expires
    )
    let lifetime = Duration.seconds(verified.expires) - .microseconds(clock.now().microseconds)
    return cache.store(identity, for: key, lifetime: lifetime, epoch: epoch, at: .now) ? identity : nil
  }

  /// A token with dots is an outside issuer's and goes to auth as it is; one of the suite goes as its hash.
  nonisolated static func credential(_ token: String, _ key: String) -> Auth.Credential {
    token.utf8.contains(UInt8(ascii: ".")) ? .jwt(token) : .session(hash: key)
  }

  /// The name a token goes by outside the client: its SHA-256 in hex, as auth stores it.
  nonisolated static func key(of token: String) -> String { Hex.encode(SHA256.digest(Array(token.utf8))) }

  /// The token of a request: the bearer header's, else the session cookie's.
  nonisolated static func token(of request: HTTPRequest) -> String? {
    if let header = request.headers.first("authorization") { return bearer(header) }
    return request.headers.all("cookie").lazy.compactMap(cookie).first
  }

  /// What follows the scheme, in any case of its letters; `""`, which is nobody's token, for another scheme.
  private nonisolated static func bearer(_ header: String) -> String {
    let scheme = "bearer "
    let isBearer = header.utf8.count > scheme.utf8.count && zip(header.utf8, scheme.utf8).allSatisfy { $0 | 0x20 == $1 }
    return isBearer ? String(header.utf8.dropFirst(scheme.utf8.count).drop { $0 == 0x20 }) ?? "" : ""
  }

  /// Whether a session cookie is there; pages of the same host may set others.
  nonisolated static func hasCookie(_ headers: HTTPHeaders) -> Bool {
    headers.all("cookie").contains { cookie($0) != nil }
  }

  nonisolated static let cookieName = "carillon_session"

  private nonisolated static func cookie(_ header: String) -> String? {
    for pair in header.split(separator: ";") {
      let sides = pair.split(separator: "=", maxSplits: 1)
      guard sides.count == 2 else { continue }
      if sides[0].drop(while: { $0 == " " }) == cookieName { return String(sides[1]) }
    }
    return nil
  }
}
