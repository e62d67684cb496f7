import Daemon
import Loop
import Time

/// Sleep that somebody else can end. One sleeper at a time.
@LoopActor
final class Alarm {
  private let clock: WallClock
  private var hasRung = false
  private var sleeping: Task<Void, Never>?

  init(_ clock: WallClock) { self.clock = clock }

  /// Wakes the sleeper; if nobody sleeps, the next sleep ends at once.
  func ring() {
    hasRung = true
    sleeping?.cancel()
  }

  /// Returns at the moment or with the next ring, whichever comes first. Throws only when the task is cancelled.
  func sleep(until moment: Timestamp) async throws {
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
