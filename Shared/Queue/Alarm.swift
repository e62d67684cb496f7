import Daemon
public import Loop
public import Time

/// Sleep that somebody else can end. One sleeper at a time.
@LoopActor
public final class Alarm {
  private let clock: WallClock
  private var hasRung = false
  private var sleeping: Task<Void, Never>?

  public init(_ clock: WallClock) { self.clock = clock }

  /// Wakes the sleeper; if nobody sleeps, the next sleep ends at once.
  public func ring() {
    hasRung = true
    sleeping?.cancel()
  }

  /// Looks again and again, each time when the look before has said or at the next ring, until the task is cancelled.
  public func rounds(_ look: @LoopActor () async -> Timestamp) async throws {
    while true { try await sleep(until: await look()) }
  }

  /// Returns at the moment or with the next ring, whichever comes first. Throws only when the task is cancelled.
  private func sleep(until moment: Timestamp) async throws {
    if !hasRung {
      let sleep = onLoop { [clock] in _ = try? await pause(until: moment, by: clock) }
      sleeping = sleep
      await withTaskCancellationHandler {
        await sleep.value
      } onCancel: {
        sleep.cancel()
      }
      sleeping = nil
    }
    hasRung = false
    try Task.checkCancellation()
  }
}
