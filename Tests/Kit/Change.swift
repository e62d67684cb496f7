public import Loop

/// What was waited for did not come in time.
public struct Overdue: Error, CustomStringConvertible {
  public let awaited: String
  /// What there was instead, for whoever reads the failure.
  public let seen: String

  public init(awaited: String, seen: String) {
    self.awaited = awaited
    self.seen = seen
  }

  public var description: String { "no \(awaited) in time; seen: \(seen.isEmpty ? "nothing" : seen)" }
}

/// Lets tests wait for an event rather than for a while: whoever changes something announces it, whoever waits looks again.
@LoopActor
public final class Change {
  private var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
  private var next = 0
  /// How often something was announced, so that one between a look and the wait after it is not missed: a call may
  /// suspend before its first line, even to the same actor.
  private var count = 0

  public init() {}

  /// Wakes all that wait; they look for themselves whether this was what they wait for.
  public func announce() {
    count += 1
    let woken = waiters
    waiters = [:]
    for waiter in woken.values { waiter.resume(returning: true) }
  }

  /// Looks now and after each announcement; gives the first value found, or throws `Overdue` with what `seen` tells.
  public func until<T>(
    _ awaited: String,
    within limit: Duration,
    seen: @LoopActor () -> String = { "" },
    _ look: @LoopActor () throws -> T?
  ) async throws -> T {
    let deadline = ContinuousClock.now + limit
    while true {
      let looked = count
      if let value = try look() { return value }
      let left = deadline - ContinuousClock.now
      guard left > .zero, await announcement(after: looked, within: left) else {
        throw Overdue(awaited: awaited, seen: seen())
      }
    }
  }

  /// False when the time ran out.
  private func announcement(after looked: Int, within limit: Duration) async -> Bool {
    let id = next
    next += 1
    let timer = Timer { self.waiters.removeValue(forKey: id)?.resume(returning: false) }
    defer { timer.cancel() }
    return await withCheckedContinuation { waiter in
      guard count == looked else { return waiter.resume(returning: true) }
      waiters[id] = waiter
      timer.arm(after: limit)
    }
  }
}
