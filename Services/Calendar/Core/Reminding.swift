import Loop
import Postgres
import Time

/// Hands reminders to delivery shortly before they are due; delivery sends each at its minute.
@LoopActor
final class Reminding {
  /// So long may this daemon or delivery be away without a reminder being late.
  static let ahead = Duration.seconds(600)
  private static let interval = Duration.seconds(1)
  private static let atOnce = 100
  private static let memory = Duration.seconds(86_400)

  private let store: CalendarStore
  private let clock: WallClock
  private let report: @LoopActor (CalendarEvent) -> Void
  private var forgotten = Timestamp(microseconds: .min)

  init(_ store: CalendarStore, clock: WallClock, report: @escaping @LoopActor (CalendarEvent) -> Void) {
    self.store = store
    self.clock = clock
    self.report = report
  }

  /// Works until its task is cancelled.
  func run() async throws {
    while true {
      await work()
      try await pause(for: Reminding.interval)
    }
  }

  private func work() async {
    do {
      let now = clock.now()
      let until = now + Reminding.ahead
      while try await store.hasReminders(dueBefore: until) {
        let handed = try await store.handReminders(Reminding.atOnce, dueBefore: until, at: now)
        report(.reminded(handed))
        // Another copy has the rest.
        guard handed > 0 else { break }
      }
      guard forgotten == Timestamp(microseconds: .min) || now - forgotten > .seconds(3600) else { return }
      try await store.forgetReminders(before: now - Reminding.memory)
      forgotten = now
    } catch {
      if let error = error as? PostgresError { report(.databaseFailed(error)) }
    }
  }
}
