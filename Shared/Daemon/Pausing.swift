import Loop
public import Time

/// Waits until the clock has reached the moment; at once when it has. Throws only when the task is cancelled.
///
/// The clock may be set while somebody waits, so a long wait is cut into pieces: a minute by the machine's clock, 50 ms
/// by one that tests move.
@LoopActor
public func pause(until moment: Timestamp, by clock: WallClock) async throws {
  let piece = clock.isMovable ? Duration.milliseconds(50) : .seconds(60)
  while true {
    let rest = moment - clock.now()
    guard rest > .zero else { return }
    try await pause(for: min(rest, piece))
  }
}

/// Does the work now, and again when the interval after it has passed, until the task is cancelled.
@LoopActor
public func every(_ interval: Duration, by clock: WallClock, _ work: @LoopActor () async -> Void) async throws {
  while true {
    await work()
    try await pause(until: clock.now() + interval, by: clock)
  }
}
