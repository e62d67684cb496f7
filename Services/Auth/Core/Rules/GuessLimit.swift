import Time
import Wire

/// Slows down whoever tries passwords: by name and address together, and by address over all names.
///
/// The name alone is not counted, or anybody could lock a user out. An attempt asks before the costly check and again
/// with its outcome: of many sent at once only the first few outcomes are told, whatever the others were.
struct GuessLimit: Sendable {
  private struct Pair: Hashable, Sendable {
    let name: String
    let address: String
  }

  private var byName: SlidingWindow<Pair>
  private var byAddress: SlidingWindow<String>

  init(perName: Int, perAddress: Int, within span: Duration = .seconds(60)) {
    byName = SlidingWindow(limit: perName, within: span)
    byAddress = SlidingWindow(limit: perAddress, within: span)
  }

  /// Refuses with `rate_limited` once the limit of wrong guesses is reached.
  mutating func admit(_ name: String, from address: String, at now: Timestamp) throws(Failure) {
    if let refusal = refusal(name, address, at: now) { throw refusal }
  }

  private mutating func refusal(_ name: String, _ address: String, at now: Timestamp) -> Failure? {
    let waits = [byName.wait(for: pair(name, address), at: now), byAddress.wait(for: address, at: now)]
    guard let longest = waits.compactMap(\.self).max() else { return nil }
    return Failure(.rateLimited, retryAfter: wholeSeconds(longest))
  }

  /// Counts a wrong guess and gives what to answer: the refusal, or `rate_limited` when it was one too many.
  mutating func answer(
    to name: String,
    from address: String,
    at now: Timestamp,
    _ refusal: Failure
  ) -> Failure {
    if let limited = self.refusal(name, address, at: now) { return limited }
    byName.record(pair(name, address), at: now)
    byAddress.record(address, at: now)
    return refusal
  }

  /// Counts against the address only.
  mutating func count(from address: String, at now: Timestamp) { byAddress.record(address, at: now) }

  /// Names count without regard to case and surrounding blanks, and only by their first characters, to bound memory.
  private func pair(_ name: String, _ address: String) -> Pair {
    Pair(name: String(name.trimmed.lowercased().prefix(100)), address: address)
  }
}

/// Seconds to put after `Retry-After`: rounded up, and never 0, since a wait that is over is none.
func wholeSeconds(_ span: Duration) -> Int {
  max(1, Int((span.microseconds + 999_999) / 1_000_000))
}
