import Daemon
import Loop
import Time

/// What auth does by itself once an hour: deletes what has expired, and reminds people of their phone numbers.
@LoopActor
final class Upkeep {
  static let interval = Duration.seconds(3600)
  /// Mails of one transaction.
  private static let batch = 200

  private let store: AuthStore
  private let clock: WallClock
  private let events: @LoopActor (AuthEvent) -> Void

  init(_ store: AuthStore, clock: WallClock, events: @escaping @LoopActor (AuthEvent) -> Void) {
    self.store = store
    self.clock = clock
    self.events = events
  }

  /// Works until its task is cancelled. A failure is told and left for the next hour.
  func run() async throws { try await every(Upkeep.interval, by: clock, work) }

  func work() async {
    do {
      let deleted = try await store.sweep(at: clock.now())
      var reminded = 0
      var last = Upkeep.batch
      while last == Upkeep.batch {
        last = try await store.remind(limit: Upkeep.batch, at: clock.now())
        reminded += last
      }
      events(.upkeepDone(deleted: deleted, reminded: reminded))
    } catch {
      events(.upkeepFailed(reason: "\(error)"))
    }
  }
}
