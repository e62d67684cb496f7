import Loop
import Time
import Wire

/// Watches the sessions that live connections were opened with, and tells when one is over.
///
/// Auth tells of ends by events. What no event tells is asked for: a session's own expiry, which use may have put off, and
/// whatever happened while auth was out of sight.
@LoopActor
final class SessionWatch {
  /// Use of a session puts its expiry off only if auth is asked now and then.
  private static let interval = Duration.seconds(600)
  private static let tick = Duration.seconds(1)
  private static let mostChecks = 16

  private struct Watched {
    let token: String
    var listeners: [Listener] = []
    var checkAt: Timestamp
    /// Unix seconds; nil when it is not known.
    var expires: Int?
  }

  /// Called for each listener whose session is over.
  var lost: @LoopActor (Listener) -> Void = { _ in }
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
  func add(_ listener: Listener) {
    guard let token = listener.token else { return }
    if watched.isEmpty { timer.arm(after: SessionWatch.tick, every: SessionWatch.tick) }
    let key = Authenticator.key(of: token)
    watched[key, default: Watched(token: token, checkAt: clock.now())].listeners.append(listener)
  }

  func remove(_ listener: Listener) {
    guard let token = listener.token else { return }
    let key = Authenticator.key(of: token)
    watched[key]?.listeners.removeAll { $0 === listener }
    if watched[key]?.listeners.isEmpty == true { watched[key] = nil }
    if watched.isEmpty { timer.disarm() }
  }

  private func sessionsEnded(_ event: Auth.SessionsEnded?) {
    guard let event else { return check(Array(watched.keys)) }
    for key in event.hashes { end(key) }
  }

  private func end(_ key: String) {
    for listener in watched[key]?.listeners ?? [] { lost(listener) }
  }

  // MARK: - Asking

  private func look() {
    let now = clock.now()
    check(watched.filter { $0.value.checkAt <= now }.map(\.key))
  }

  private func check(_ keys: [String]) {
    toCheck += keys
    // Not again before this one is answered.
    for key in keys { watched[key]?.checkAt = clock.now() + SessionWatch.interval }
    while checks < min(SessionWatch.mostChecks, toCheck.count) {
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
      let expiry = identity.expires.map { Timestamp(seconds: Double($0)) } ?? now + SessionWatch.interval
      watched[key]?.expires = identity.expires
      watched[key]?.checkAt = max(now + SessionWatch.tick, min(expiry, now + SessionWatch.interval))
    } catch {
      let now = clock.now()
      let isOver = watched[key]?.expires.map { Double($0) <= now.seconds } ?? false
      if error.word == .unauthenticated || isOver { return end(key) }
      watched[key]?.checkAt = now + SessionWatch.tick
    }
  }
}
