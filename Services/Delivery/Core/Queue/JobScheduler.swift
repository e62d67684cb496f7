import Loop
import Postgres
import Queue
import Time

/// Moves jobs from the cold table to the hot one as their time comes near, beside the worker rather than before each of its
/// claims. Any number of copies may do so.
@LoopActor
final class JobScheduler {
  private static let batch = 2000

  private let store: DeliveryStore
  private let clock: WallClock
  private let report: @LoopActor (DeliveryEvent) -> Void
  /// Called after jobs were moved.
  private let moved: @LoopActor () -> Void
  private let alarm: Alarm

  init(
    _ store: DeliveryStore,
    clock: WallClock,
    moved: @escaping @LoopActor () -> Void,
    report: @escaping @LoopActor (DeliveryEvent) -> Void
  ) {
    self.store = store
    self.clock = clock
    self.moved = moved
    self.report = report
    alarm = Alarm(clock)
  }

  /// Says that a job was stored in the cold table that is due soon.
  func wake() { alarm.ring() }

  /// Works until the task is cancelled.
  func run() async throws { try await alarm.rounds(look) }

  private func look() async -> Timestamp {
    let now = clock.now()
    do {
      let first = try await store.firstLater()
      guard let first, first <= now + JobLook.horizon else { return JobLook.nextWarmUp(first: first, at: now) }
      let count = try await store.warmUp(until: now + JobLook.horizon, limit: JobScheduler.batch)
      if count > 0 { moved() }
      if count == JobScheduler.batch { alarm.ring() }
      return JobLook.nextWarmUp(first: first, at: now)
    } catch {
      report(.databaseFailed(error))
      return now + LookRule.afterFailure
    }
  }
}
