import Loop
import Postgres
import Time
import Wire

/// Tells members that somebody of their address book is there now (pictever.md 3.9).
@LoopActor
struct Newcomers {
  private let store: DeliveryStore
  private let clock: WallClock

  init(_ store: DeliveryStore, clock: WallClock) {
    self.store = store
    self.clock = clock
  }

  /// Tells those who do not know yet, once each. Harmless to ask again after each change of a number or a book.
  func greet(_ person: UUIDValue) async throws(PostgresError) {
    let told = try await store.greet(person)
    let now = clock.now()
    let jobs = told.map { one in
      let text = PushTexts.joined(one.name, Language(country: one.country))
      return JobDraft(kind: .joined, priority: .bulk, person: one.member, notice: Notice(text), due: now)
    }
    try await store.add(jobs, at: now)
  }
}
