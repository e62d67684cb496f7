import Loop
import Time

/// The rhythm of whoever works off a queue: look, begin what there is room for, sleep until the next is due or somebody
/// rings, and at the end wait for what is under way.
@LoopActor
final class Rounds {
  private let alarm: Alarm
  private var underway: [Int: Task<Void, Never>] = [:]
  private var last = 0

  init(_ clock: WallClock) { alarm = Alarm(clock) }

  /// How much is under way.
  var count: Int { underway.count }

  /// Says that there may be more to do now.
  func ring() { alarm.ring() }

  /// Begins a piece of work, which `run` waits for; the work says whether there may be more to do after it.
  func begin(_ work: @escaping @Sendable @LoopActor () async -> Bool) {
    last += 1
    let number = last
    underway[number] = onLoop { [self] in
      let isMore = await work()
      underway[number] = nil
      if isMore { ring() }
    }
  }

  /// Looks again and again until the task is cancelled. `look` says when to look next.
  func run(_ look: @LoopActor () async -> Timestamp) async throws {
    do {
      while true { try await alarm.sleep(until: await look()) }
    } catch {
      for task in Array(underway.values) { await task.value }
      throw error
    }
  }
}
