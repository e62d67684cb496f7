import Daemon
import Loop
import Postgres
import Wire

typealias Deadline = ContinuousClock.Instant

/// Gathers the requests that arrive while a statement is under way, so that the next one answers them together.
@LoopActor
final class StatsBatches {
  private let writes: Batcher<SessionWrite, Bool>
  private let sessions: Batcher<SessionKey, Stats.Numbers?>
  private let courses: Batcher<CourseKey, CourseTotals>

  init(_ store: StatsStore, limit: Int, report: @escaping @LoopActor (StatsEvent) -> Void) {
    let failed: @LoopActor (PostgresError, Int) -> Void = { report(.databaseFailed($0, requests: $1)) }
    // One statement at a time: the limit of a course is exact because no second one counts beside it. Another copy of stats
    // may do that, and add a batch at most; a lock against it would cost every write, for a limit that only bounds tables.
    writes = Batcher(limit: limit, failed: failed) { try await StatsBatches.write($0, store, report) }
    sessions = Batcher(limit: limit, failed: failed) { keys in
      let found = try await store.sessions(keys, deadline: store.deadline)
      report(.read(.session, batch: keys.count))
      return found
    }
    // A course may have thousands of rows: smaller batches, and a second one beside a slow one.
    courses = Batcher(limit: min(limit, 32), concurrency: 2, failed: failed) { keys in
      let distinct = Distinct(keys)
      let totals = try await store.totals(distinct.elements, deadline: store.deadline)
      report(.read(.course, batch: keys.count))
      return distinct.places.map { totals[$0] }
    }
  }

  /// False when the course has no room for another session; else the numbers are committed.
  func store(_ write: SessionWrite) async throws(Failure) -> Bool {
    do { return try await writes.submit(write) } catch { throw Failure(database: error) }
  }

  func session(_ key: SessionKey) async throws(Failure) -> Stats.Numbers? {
    do { return try await sessions.submit(key) } catch { throw Failure(database: error) }
  }

  func totals(_ key: CourseKey) async throws(Failure) -> CourseTotals {
    do { return try await courses.submit(key) } catch { throw Failure(database: error) }
  }

  private static func write(
    _ requests: [SessionWrite],
    _ store: StatsStore,
    _ report: @LoopActor (StatsEvent) -> Void
  ) async throws -> [Bool] {
    var stored = Array(repeating: true, count: requests.count)
    for round in WriteRound.plan(requests) {
      let entries = round.entries
      let refused = try await store.write(entries.map(\.write), deadline: store.deadline)
      for place in refused.flatMap({ entries[$0].requests }) { stored[place] = false }
      report(.wrote(requests: requests.count, rows: entries.count - refused.count, refused: refused.count))
    }
    return stored
  }
}

/// The different elements of a list, and for each place of the list which of them stands there.
struct Distinct<Element: Hashable> {
  private(set) var elements: [Element] = []
  private(set) var places: [Int] = []

  init(_ list: [Element]) {
    var known: [Element: Int] = [:]
    for element in list {
      if known[element] == nil {
        known[element] = elements.count
        elements.append(element)
      }
      places.append(known[element]!)
    }
  }
}
