import Daemon
import Loop
import Time

/// What auth does by itself: once an hour it deletes what has expired and reminds people of their phone numbers; tries are
/// forgotten sooner, since whoever makes many has many rows.
@LoopActor
final class Upkeep {
  static let interval = Duration.seconds(3600)
  static let sweepInterval = Duration.seconds(300)
  /// Mails of one transaction.
  private static let batch = 200
  /// Tries deleted in one transaction.
  private static let triesAtOnce = 5000

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

  /// As `run`, of the tries that limits count.
  func sweepTries() async throws { try await every(Upkeep.sweepInterval, by: clock, forgetTries) }

  func forgetTries() async {
    do {
      while try await store.sweepTries(limit: Upkeep.triesAtOnce, at: clock.now()) == Upkeep.triesAtOnce {}
    } catch {
      events(.upkeepFailed(reason: "\(error)"))
    }
  }

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
