import Loop
import Time
import Wire

/// What the handler does about limits. Tries are counted in the database, for all copies of auth together and past a
/// restart; while that is away nothing can be tried either, since whatever is tried needs it.
extension AuthHandler {
  /// Refuses with `rate_limited` while one of the windows is full. Counts nothing.
  func admit(_ windows: [TryWindow]) async throws {
    guard let wait = try await wait(for: windows) else { return }
    events(.limited)
    throw Failure.limited(wait)
  }

  /// Counts a try. When it is one too many this throws `rate_limited`, and what the try has found out stays untold.
  func count(_ windows: [TryWindow]) async throws {
    try await counting(in: windows) { try await store.count(windows, at: now) }
  }

  /// Does what counts in these windows, and refuses with `rate_limited` where it did not fit.
  func counting<T>(in windows: [TryWindow], _ work: @LoopActor () async throws -> T) async throws -> T {
    do { return try await work() } catch is OneTooMany {
      try await admit(windows)
      // There was no place at that moment; by now there is one.
      throw Failure.limited(.seconds(1))
    }
  }

  private func wait(for windows: [TryWindow]) async throws -> Duration? {
    let now = now
    if let known = fullWindows.wait(for: windows, at: now) { return known }
    var longest: Duration?
    for (window, moment) in zip(windows, try await store.moments(deciding: windows)) {
      guard let wait = window.wait(for: moment, at: now) else { continue }
      fullWindows.note(window, waiting: wait, at: now)
      longest = max(longest ?? wait, wait)
    }
    return longest
  }
}
