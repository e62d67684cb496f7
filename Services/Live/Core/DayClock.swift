import Loop
import Postgres
import Time

/// The day it is, asked of the database once a day.
@LoopActor
final class DayClock {
  private let store: LiveStore
  private let zone: String
  private var day = Day.none

  init(_ store: LiveStore, zone: String) {
    self.store = store
    self.zone = zone
  }

  func day(of moment: Timestamp) async throws(PostgresError) -> Day {
    if day.contains(moment) { return day }
    let found = try await store.day(of: moment, in: zone)
    day = found
    return found
  }
}
