import Almanac
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import CalendarCore

/// Whom the calendar has heard of.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct CalendarPeopleTests {
  private func caller(_ id: UUIDValue, _ email: String?, _ zone: Zone = .utc) -> Caller {
    Caller(id: id, user: UserID(id.description), email: email, username: "ann", zone: zone)
  }

  private func people(_ bench: LinkedBench) async throws -> [UUIDValue: String] {
    var people: [UUIDValue: String] = [:]
    for row in try await bench.database.query("SELECT id, coalesce(email, '-') || ' ' || zone FROM calendar.person") {
      people[try row.get(0)] = try row.get(1)
    }
    return people
  }

  @Test func `who is heard of again is as they were last, and an e-mail with who showed up with it last`() async throws
  {
    try await LinkedBench.with { bench in
      let (first, second, berlin) = (UUIDValue.random(), UUIDValue.random(), try #require(Zone(named: "Europe/Berlin")))
      try await bench.store.note(caller(first, "ann@x.org"), at: bench.clock.now)
      try await bench.store.note(caller(first, "ann@x.org", berlin), at: bench.clock.now)
      #expect(try await people(bench) == [first: "ann@x.org Europe/Berlin"])
      try await bench.store.note(caller(second, "ann@x.org"), at: bench.clock.now)
      #expect(try await people(bench) == [first: "- Europe/Berlin", second: "ann@x.org UTC"])
      try await bench.store.note(caller(first, "ann@x.org"), at: bench.clock.now)
      #expect(try await people(bench) == [first: "ann@x.org UTC", second: "- UTC"])
    }
  }

  @Test func `a newcomer whom two copies see at once is kept by both`() async throws {
    try await LinkedBench.with { bench in
      let ann = caller(.random(), "ann@x.org")
      let noting = try await bench.database.transaction { other in
        try await other.query(
          "INSERT INTO calendar.person (id, email, zone) VALUES (\(ann.id), \(ann.email), 'Europe/Berlin')"
        )
        let noting = onLoop { () -> Result<Void, any Error> in
          do { return .success(try await bench.store.note(ann, at: bench.clock.now)) } catch { return .failure(error) }
        }
        try await bench.become(
          """
          SELECT EXISTS (
            SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
          """,
          "one copy that waits for the other"
        )
        return noting
      }
      try await noting.value.get()
      #expect(try await people(bench) == [ann.id: "ann@x.org UTC"])
    }
  }
}
