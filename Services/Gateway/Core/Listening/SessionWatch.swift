import Loop
import Time
import Wire

/// What lives on a session for longer than a request does.
@LoopActor
protocol SessionHolder: AnyObject {
  /// Nil when a trusted proxy named the user, and there is no session to end.
  var token: String? { get }
}

/// Watches the sessions that live connections were opened with, and tells when one is over.
///
/// Auth tells of ends by events. What no event tells is asked for: a session's own expiry, which use may have put off, and
/// whatever happened while auth was out of sight.
@LoopActor
final class SessionWatch<Holder: SessionHolder> {
  /// Use of a session puts its expiry off only if auth is asked now and then.
  private let interval = Duration.seconds(600)
  private let tick = Duration.seconds(1)
  private let mostChecks = 16

  private struct Watched {
    let token: String
    var holders: [Holder] = []
    var checkAt: Timestamp
    /// Unix seconds; nil when it is not known.
    var expires: Int?
  }

  /// Called for each whose session is over.
  var lost: @LoopActor (Holder) -> Void = { _ in }
  private let authenticator: Authenticator
  private let clock: WallClock
  private var watched: [String: Watched] = [:]
  private var toCheck: [String] = []
  private var checks = 0
  private lazy var timer = Timer { [unowned self] in look() }

  init(_ authenticator: Authenticator, clock: WallClock) {
    self.authenticator = authenticator
    self.clock = clock
    authenticator.observe { [unowned self] in sessionsEnded($0) }
  }

  /// Must follow the proof of the token without a wait between, or an end might fall between them.
  func add(_ holder: Holder) {
    guard let token = holder.token else { return }
    if watched.isEmpty { timer.arm(after: tick, every: tick) }
    let key = Authenticator.key(of: token)
    watched[key, default: Watched(token: token, checkAt: clock.now())].holders.append(holder)
  }

  func remove(_ holder: Holder) {
    guard let token = holder.token else { return }
    let key = Authenticator.key(of: token)
    watched[key]?.holders.removeAll { $0 === holder }
    if watched[key]?.holders.isEmpty == true { watched[key] = nil }
    if watched.isEmpty { timer.disarm() }
  }

  private func sessionsEnded(_ event: Auth.SessionsEnded?) {
    guard let event else { return check(Array(watched.keys)) }
    for key in event.hashes { end(key) }
  }

  private func end(_ key: String) {
    for holder in watched[key]?.holders ?? [] { lost(holder) }
  }

  // MARK: - Asking

  private func look() {
    let now = clock.now()
    check(watched.filter { $0.value.checkAt <= now }.map(\.key))
  }

  private func check(_ keys: [String]) {
    toCheck += keys
    // Not again before this one is answered.
    for key in keys { watched[key]?.checkAt = clock.now() + interval }
    while checks < min(mostChecks, toCheck.count) {
      checks += 1
      onLoop {
        while let key = self.toCheck.popLast() { await self.ask(key) }
        self.checks -= 1
      }
    }
  }

  private func ask(_ key: String) async {
    guard let token = watched[key]?.token else { return }
    do throws(Failure) {
      let identity = try await authenticator.identity(token: token, key)
      let now = clock.now()
      let expiry = identity.expires.map { Timestamp(seconds: Double($0)) } ?? now + interval
      watched[key]?.expires = identity.expires
      watched[key]?.checkAt = max(now + tick, min(expiry, now + interval))
    } catch {
      let now = clock.now()
      let isOver = watched[key]?.expires.map { Double($0) <= now.seconds } ?? false
      if error.word == .unauthenticated || isOver { return end(key) }
      watched[key]?.checkAt = now + tick
    }
  }
}
