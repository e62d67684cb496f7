/// Counts handshakes by address within whole minutes, which forgets everybody at each new one.
struct HandshakeLimit {
  /// 0 means no bound.
  let perMinute: Int
  private var minute = Int64.min
  private var counts: [String: Int] = [:]

  init(perMinute: Int) { self.perMinute = perMinute }

  /// Whether one more is within the limit; `now` is in milliseconds.
  mutating func take(_ address: String, at now: Int64) -> Bool {
    guard perMinute > 0 else { return true }
    if now / 60_000 != minute {
      minute = now / 60_000
      counts = [:]
    }
    counts[address, default: 0] += 1
    return counts[address, default: 0] <= perMinute
  }
}
