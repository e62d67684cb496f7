import Kit
import Loop
import Postgres
import Testing
import Time

@testable import CalendarCore

/// What happens to linked calendars when several copies work, or one dies or is slow.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct LinkedTests {
  private let nothingWaits: SQL = "SELECT count(*) = 0 FROM calendar.export"

  @Test func `two exporters tell each event once, and at once`() async throws {
    try await LinkedBench.with { bench in
      let google = LinkedCalendar()
      _ = (bench.export(to: google), bench.export(to: google))
      var events: [String] = []
      for _ in 0..<40 { events.append("POST \(try await bench.event().hex)") }
      try await bench.become(nothingWaits, "an end of all exports")
      #expect(google.requests.sorted() == events.sorted())
      #expect(try await bench.database.query("SELECT count(*) FROM calendar.exported WHERE known")[0].get(0) == 40)
    }
  }

  @Test func `what an exporter has in hand stays with it while it lives, and is its twin's soon after its death`()
    async throws
  {
    try await LinkedBench.with { bench in
      let (slow, google) = (LinkedCalendar(hangs: true), LinkedCalendar())
      let first = bench.export(to: slow)
      let event = try await bench.event()
      try await slow.asked(1)
      let leased = try await bench.database.query("SELECT lease::text FROM calendar.export")[0].get(0, as: String.self)
      _ = bench.export(to: google)
      // Longer than a lease.
      try await bench.become(
        "SELECT EXISTS (SELECT FROM calendar.export WHERE lease > \(leased)::timestamptz + interval '3 seconds')",
        "a renewed lease"
      )
      #expect(google.requests == [])
      first.cancel()
      // With the pace at which twins look after leases (`LookRuleTests`), that is its death and four seconds.
      let lease: SQL = "SELECT lease <= clock_timestamp() + interval '3 seconds' FROM calendar.export"
      #expect(try await bench.database.query(lease)[0].get(0) == true)
      try await google.asked(1)
      // Whether it had come to the calendar nobody knows, so it is told as a change.
      #expect(google.requests == ["PATCH \(event.hex)"])
      try await bench.become(nothingWaits, "an end of the export")
      slow.open()
    }
  }

  @Test func `who finds its export taken over notes nothing, and has the event told once more`() async throws {
    try await LinkedBench.with { bench in
      let google = LinkedCalendar(hangs: true)
      _ = bench.export(to: google)
      let event = try await bench.event()
      try await google.asked(1)
      try await bench.database.query(
        "UPDATE calendar.export SET holder = gen_random_uuid(), lease = now() + interval '1 hour'"
      )
      google.open()
      try await bench.become(
        "SELECT EXISTS (SELECT FROM calendar.export WHERE attempts = 0)",
        "an event that was left once more"
      )
      #expect(try await bench.database.query("SELECT known FROM calendar.exported")[0].get(0) == false)
      #expect(google.requests == ["POST \(event.hex)"])
      try await bench.database.query("UPDATE calendar.export SET lease = now() - interval '1 second'")
      try await bench.become(nothingWaits, "an end of the export")
      #expect(google.requests == ["POST \(event.hex)", "PATCH \(event.hex)"])
    }
  }

  @Test func `an event that changes while it is told is told again, and not by two at once`() async throws {
    try await LinkedBench.with { bench in
      let google = LinkedCalendar(hangs: true)
      _ = (bench.export(to: google), bench.export(to: google))
      let event = try await bench.event()
      try await google.asked(1)
      try await bench.post(event)
      try await bench.database.query("SELECT pg_notify('calendar_linked', '')")
      google.open()
      try await google.asked(2)
      try await bench.become(nothingWaits, "an end of the export")
      #expect(google.requests == ["POST \(event.hex)", "PATCH \(event.hex)"])
      #expect(google.most == 1)
    }
  }

  @Test func `an import that is owed is tried when it is due, and what a dead copy had in hand by another`()
    async throws
  {
    try await LinkedBench.with { bench in
      let (slow, google) = (LinkedCalendar(hangs: true), LinkedCalendar())
      let first = bench.reimport(from: slow)
      let person = UUIDValue.random()
      try await bench.store.oweImport(of: person, at: bench.clock.now)
      #expect(slow.requests == [])
      bench.clock.advance(by: .seconds(2))
      try await slow.asked(1)
      first.cancel()
      _ = bench.reimport(from: google)
      try await bench.become("SELECT count(*) = 0 FROM calendar.import", "an end of the import")
      #expect(google.requests == ["GET"] && slow.requests == ["GET"])
      #expect(try await bench.store.syncToken(of: person) == "s1")
      slow.open()
    }
  }
}
