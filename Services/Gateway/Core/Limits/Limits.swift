import HTTP
import Loop
import Wire

/// The gateway's rate limits by name; a route lists the names it is under.
@LoopActor
final class Limits {
  private let rules: [String: RateLimit]
  private var limiter = RateLimiter()

  /// A name without a limit is unlimited; that is how `CARILLON_RATE_LIMITS=off` works.
  init(_ rules: [String: RateLimit]) { self.rules = rules }

  /// Counts the request under each limit of its route; throws `rate_limited` with the wait, rounded up to a second.
  func take(_ route: Route, _ exchange: Exchange, at now: ContinuousClock.Instant) throws(Failure) {
    for rule in route.limits {
      guard let limit = rules[rule.name] else { continue }
      let key = rule.key == .user ? exchange.identity?.user.text : exchange.request.peer
      guard let wait = limiter.take("\(rule.name) \(key ?? "")", limit: limit, at: now) else { continue }
      throw Failure(.rateLimited, reason: rule.name, retryAfter: max(1, Int(wait.inSeconds.rounded(.up))))
    }
  }
}
