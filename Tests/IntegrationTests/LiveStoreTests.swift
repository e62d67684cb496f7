import JSON
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import LiveCore

private let plain = ListedText(isHTMLSafe: false)

@Suite(.needsPostgres) @LoopActor struct LiveStoreTests {
  @Test func `what was acknowledged is there after a restart`() async throws {
    try await LiveBench.open { live in
      _ = try await live.act(.connect, 1)
      for _ in 0..<3 { #expect(try await live.click(1, as: "Ann") != .refused(.unavailable)) }
      #expect(try await live.act(.event, 1, #"[{"user":"Bob","name":"pride"}]"#) == .named("Bob"))
      let before = live.counters
      #expect(
        before.total == Tally(clicks: 3, events: 1) && before.hour == before.total && before.today == before.total
      )
      try await live.restart()
      #expect(live.counters == before)
      let people = try await live.store.people(atMost: 10, plain).items
      #expect(
        String(decoding: people.bytes, as: UTF8.self)
          == #"[{"name":"Ann","click_count":3,"event_count":0},{"name":"Bob","click_count":0,"event_count":1}]"#
      )
    }
  }

  @Test func `a batch of clicks is one order everywhere`() async throws {
    try await LiveBench.open({ $0.rules.clicks = nil }) { live in
      let clicks = (0..<300).map { (Live.Act.Kind.click, 1, #"[{"user":"Ann","comment":"\#($0)"}]"# as String?) }
      let outcomes = try await live.relay([(.connect, 1, nil)] + clicks)
      #expect(outcomes.count == 301)
      #expect(outcomes.allSatisfy { $0 == .done || $0 == .named("Ann") })
      let comments = live.shown.filter { $0.kind == .click }.map { item in
        (try? item.argument.value())?.object?["comment"]?.string ?? ""
      }
      #expect(comments == (0..<300).map(String.init))
      let listed = try await live.store.clicks(try await live.today(), plain).items.value().array ?? []
      #expect(listed.map { $0.object?["comment"]?.string ?? "" } == comments.reversed())
    }
  }

  @Test func `a list goes on where its part ended`() async throws {
    try await LiveBench.open { live in
      _ = try await live.act(.connect, 1)
      for _ in 0..<5 { _ = try await live.click(1, as: "Ann") }
      var range = try await live.today()
      var sizes: [Int] = []
      var next: Int?
      repeat {
        range = ListRange(day: range.day, limit: 2, before: next)
        let page = try await live.store.clicks(range, plain)
        sizes.append(try page.items.value().array?.count ?? -1)
        next = page.next
      } while next != nil
      #expect(sizes == [2, 2, 1])
    }
  }

  @Test func `a new hour starts at zero, and everybody is told`() async throws {
    try await LiveBench.open { live in
      _ = try await live.act(.connect, 1)
      for _ in 0..<3 { _ = try await live.click(1, as: "Ann") }
      live.clock.advance(by: .seconds(3600))
      await live.rounds.look()
      let told = try #require(live.shown.last)
      #expect(told.kind == .stats && told.audience == .everybody)
      #expect(try told.argument.value().object?["click_count_hour"]?.number?.int == 0)
      #expect(try told.argument.value().object?["click_count_today"]?.number?.int == 3)
      _ = try await live.click(1, as: "Ann")
      let start = 1_767_225_600
      #expect(try await live.hours(back: 24) == [[start, 3, 0, 3, 0], [start + 3600, 1, 0, 4, 0]])
    }
  }

  @Test func `hours in which nobody was there are zeros that carry the totals on`() async throws {
    try await LiveBench.open { live in
      _ = try await live.act(.connect, 1)
      _ = try await live.click(1, as: "Ann")
      live.clock.advance(by: .seconds(4 * 3600))
      try await live.restart()
      let hours = try await live.hours(back: 24)
      #expect(hours.map { $0[1] } == [1, 0, 0, 0, 0])
      #expect(hours.map { $0[3] } == [1, 1, 1, 1, 1])
    }
  }

  @Test func `the first hour of an empty counter is the running one`() async throws {
    try await LiveBench.open { live in
      let hours = try await live.hours(back: 168)
      #expect(hours == [[1_767_225_600, 0, 0, 0, 0]])
    }
  }

  @Test func `midnight is that of the zone`() async throws {
    // 18:30 of 1 January in UTC is midnight in Kolkata; half an hour before it is still New Year's Day there.
    let start = Timestamp(seconds: 1_767_225_600 + 18 * 3600)
    try await LiveBench.open(at: start, { $0.dayZone = "Asia/Kolkata" }) { live in
      _ = try await live.act(.connect, 1)
      _ = try await live.click(1, as: "Ann")
      live.clock.advance(by: .seconds(1800))
      #expect(try await live.today().day.start == start + .seconds(1800))
      _ = try await live.click(1, as: "Ann")
      #expect(live.counters.today.clicks == 1 && live.counters.hour.clicks == 2 && live.counters.total.clicks == 2)
      let listed = try await live.store.clicks(try await live.today(), plain).items.value().array
      #expect(listed?.count == 1)
    }
  }

  @Test func `an unknown zone is an error`() async throws {
    try await LiveBench.open { live in
      await #expect(throws: PostgresError.self) { try await live.store.day(of: live.clock.now, in: "Mars/Olympus") }
    }
  }

  @Test func `the clicks that count can be told from those that do not`() async throws {
    try await LiveBench.open { live in
      _ = try await live.relay([
        (.connect, 1, nil), (.click, 1, #"[{"user":"Ann"}]"#), (.click, 1, "[]"), (.click, 1, #"[{"user":"Ann"}]"#),
      ])
      #expect(try await live.store.stored([1, 2, 3, 4, 5], of: LiveBench.gateway) == [2, 4])
      #expect(try await live.store.stored([2], of: 8) == [])
    }
  }

  @Test func `old rows go, what they counted stays`() async throws {
    try await LiveBench.open { live in
      _ = try await live.act(.connect, 1)
      for _ in 0..<3 { _ = try await live.click(1, as: "Ann") }
      _ = try await live.act(.event, 1, #"[{"user":"Ann","name":"pride"}]"#)
      live.clock.advance(by: .seconds(3600))
      _ = try await live.click(1, as: "Ann")
      let end = live.clock.now - .seconds(60)
      #expect(try await live.store.removeRows(before: end, atMost: 2) == 3)
      #expect(try await live.store.removeRows(before: end, atMost: 100) == 1)
      #expect(try await live.store.removeRows(before: end, atMost: 100) == 0)
      try await live.restart()
      #expect(live.counters.total == Tally(clicks: 4, events: 1))
    }
  }

  @Test func `a stranger among gateways must attach`() async throws {
    try await LiveBench.open { live in
      await #expect(throws: Failure(.notFound, reason: "gateway")) {
        try await live.rounds.relay(Live.Relay(of: 99, first: 1, []))
      }
    }
  }

  @Test func `while the database is away a click is refused and nobody is shown it`() async throws {
    try await LiveBench.open { live in
      _ = try await live.act(.connect, 1)
      _ = try await live.act(.auth, 1, #"["Ann"]"#)
      await live.database.close()
      #expect(try await live.click(1, as: "Ann") == .refused(.unavailable))
      #expect(!live.shown.contains { $0.kind == .click })
      #expect(live.counters.total == Tally())
      #expect(try await live.act(.auth, 1, #"["Bob"]"#) == .named("Bob"))
    }
  }

  @Test func `who has been replaced stores nothing, and says so`() async throws {
    try await LiveBench.open { live in
      let old = try await live.store.beginTerm()
      live.rounds.term = old
      _ = try await live.act(.connect, 1)
      _ = try await live.click(1, as: "Ann")
      #expect(try await live.store.beginTerm() == old + 1)
      await #expect(throws: Failure.unavailable) { try await live.click(1, as: "Ann") }
      #expect(live.deposals == 1)
      #expect(live.shown.filter { $0.kind == .click }.count == 1)
      #expect(try await live.store.counters(at: live.clock.now, live.today().day).total == Tally(clicks: 1))
      #expect(try await live.store.people(atMost: 10, plain).items.value().array?.count == 1)
    }
  }

  @Test func `a new term begins when the old one's last transaction is over`() async throws {
    try await LiveBench.open { live in
      let old = try await live.store.beginTerm()
      var order: [String] = []
      let begun = try await live.database.transaction { transaction in
        try await transaction.query("SELECT live.hold_term(\(old))")
        let begun = onLoop { () -> Int? in
          let term = try? await live.store.beginTerm()
          order.append("begun")
          return term
        }
        let waiting: SQL = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
        // Asked over the transaction's own connection: another might be the one that waits.
        while try await transaction.query(waiting)[0].get(0) == 0 {}
        order.append("stored")
        return begun
      }
      #expect(await begun.value == old + 1)
      #expect(order == ["stored", "begun"])
    }
  }
}
