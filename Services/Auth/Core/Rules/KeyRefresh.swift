import Time

/// When to fetch an issuer's signing keys again.
///
/// Anybody can send a token that names an unknown key, so that alone may cause at most one fetch a minute. Keys once
/// fetched stay in use while the issuer cannot be reached; they are asked for anew after an hour so that a withdrawn
/// key goes.
struct KeyRefresh {
  static let pause = Duration.seconds(60)
  static let age = Duration.seconds(3600)

  private var lastTry: Timestamp?
  private var lastSuccess: Timestamp?

  /// Whether to fetch now; an answer of true counts as a try.
  mutating func shouldFetch(knowsKey: Bool, at now: Timestamp) -> Bool {
    // A try in the future was made before the clock was set back.
    if let lastTry, lastTry <= now, now - lastTry < KeyRefresh.pause { return false }
    if knowsKey, let lastSuccess, lastSuccess <= now, now - lastSuccess < KeyRefresh.age { return false }
    lastTry = now
    return true
  }

  mutating func succeeded(at now: Timestamp) { lastSuccess = now }
}
