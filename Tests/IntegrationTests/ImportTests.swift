import Almanac
import ICalendar
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import CalendarCore

/// What files and linked calendars bring, as the database holds it afterwards.
@Suite(.needsPostgres)
@LoopActor
struct ImportTests {
  private let owner = Caller(
    id: .random(),
    user: UserID("ann"),
    email: "ann@x.org",
    username: "ann",
    zone: .utc
  )

  private func held(_ bench: LinkedBench) async throws -> [String: ImportedRecord] {
    let records = try await bench.store.agenda(of: [owner.id], within: 0..<4_000_000_000).imported
    return Dictionary(uniqueKeysWithValues: records.map { ($0.uid, $0) })
  }

  private func moment(_ text: String) throws -> Int { try #require(ICalendarTime.moment(text, in: .utc)) }

  // MARK: - Files

  private func read(_ events: [[String]], _ bench: LinkedBench) throws -> FileImport {
    let lines = events.flatMap { ["BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", "DURATION:PT1H"] + $0 + ["END:VEVENT"] }
    let text = (["BEGIN:VCALENDAR", "VERSION:2.0"] + lines + ["END:VCALENDAR", ""]).joined(separator: "\r\n")
    var reader = FileReader(
      try CalendarFile(Array(text.utf8)),
      home: .utc,
      email: owner.email,
      now: bench.clock.now.unix
    )
    return try reader.read()
  }

  @Test func `what a file names twice is there once`() async throws {
    try await LinkedBench.with { bench in
      let (third, fourth) = (try moment("20260303T100000Z"), try moment("20260304T100000Z"))
      let (ninth, sixteenth) = (try moment("20260309T120000Z"), try moment("20260316T120000Z"))
      let file = try read(
        [
          ["UID:a", "SUMMARY:First", "DTSTART:20260301T100000Z"],
          ["UID:a", "SUMMARY:Second", "DTSTART:20260301T110000Z"],
          [
            "UID:b", "SUMMARY:Dates", "DTSTART:20260302T100000Z", "RDATE:20260303T100000Z,20260304T100000Z",
            "RDATE:20260303T100000Z",
          ],
          ["UID:b", "SUMMARY:Other", "RECURRENCE-ID:20260304T100000Z", "DTSTART:20260304T150000Z"],
          [
            "UID:c", "SUMMARY:Weekly", "DTSTART:20260302T120000Z", "RRULE:FREQ=WEEKLY",
            "EXDATE:20260309T120000Z,20260309T120000Z",
          ],
          ["UID:c", "SUMMARY:Moved", "RECURRENCE-ID:20260316T120000Z", "DTSTART:20260317T120000Z"],
          ["UID:c", "SUMMARY:Moved again", "RECURRENCE-ID:20260316T120000Z", "DTSTART:20260318T120000Z"],
          ["UID:b#\(third)", "SUMMARY:Namesake", "DTSTART:20260305T100000Z"],
        ],
        bench
      )
      #expect(file.leftOut.map(\.reason) == [.twice])
      for _ in 0..<2 {
        try await bench.store.take(file, of: owner, at: bench.clock.now)
        let held = try await held(bench)
        #expect(
          held.mapValues(\.summary) == [
            "a": "First", "b": "Dates", "b#\(third)": "Namesake", "b#\(fourth)": "Other", "c": "Weekly",
            "c#\(sixteenth)": "Moved",
          ]
        )
        #expect(held["c"].map { Set($0.skipped) } == [ninth, sixteenth])
        #expect(held.filter { $0.key != "c" }.allSatisfy { $0.value.skipped == [] && $0.value.rule == nil })
      }
      let series = try await bench.database.query("SELECT series FROM calendar.imported WHERE uid = \("b#\(third)")")
      #expect(try series[0].get(0) == "b")
    }
  }

  @Test func `single times of series that are there are left out of those alone`() async throws {
    try await LinkedBench.with { bench in
      let weekly = ["c", "d"].map { ["UID:\($0)", "DTSTART:20260302T120000Z", "RRULE:FREQ=WEEKLY"] }
      let moved = ["UID:c", "RECURRENCE-ID:20260309T120000Z", "DTSTART:20260310T120000Z"]
      try await bench.store.take(try read(weekly + [moved], bench), of: owner, at: bench.clock.now)
      let changes = ["c", "new"].map {
        ["UID:\($0)", "RECURRENCE-ID:20260316T120000Z", "DTSTART:20260317T120000Z"]
      }
      let more = ["UID:c", "RECURRENCE-ID:20260323T120000Z", "STATUS:CANCELLED", "DTSTART:20260323T120000Z"]
      for _ in 0..<2 {
        try await bench.store.take(try read(changes + [more], bench), of: owner, at: bench.clock.now)
        let held = try await held(bench)
        let days = try ["20260309T120000Z", "20260316T120000Z", "20260323T120000Z"].map { try moment($0) }
        #expect(Set(held.keys) == ["c", "c#\(days[0])", "c#\(days[1])", "d", "new#\(days[1])"])
        #expect(held["c"]?.skipped.sorted() == days)
        #expect(held.filter { $0.key != "c" }.allSatisfy { $0.value.skipped == [] })
      }
    }
  }

  @Test func `entries on both sides of a batch's border are what the file says`() async throws {
    try await LinkedBench.with { bench in
      let count = 2 * CalendarStore.batch + 1
      let now = bench.clock.now.unix
      let events = (0..<count).map { number in
        FileEvent(
          uid: "\(number)",
          series: "\(number)",
          summary: "Entry \(number)",
          zone: "UTC",
          start: now + number,
          end: now + number + 60,
          rule: number.isMultiple(of: 100) ? "FREQ=DAILY" : nil,
          skipped: (0..<number % 4).map { now + number + $0 }
        )
      }
      var file = FileImport(series: events.map { FileSeries(uid: $0.uid, isWhole: true, events: [$0]) })
      // The last batch brings once more what the first has.
      file.series[count - 1].events.append(events[0])
      for _ in 0..<2 {
        try await bench.store.take(file, of: owner, at: bench.clock.now)
        let held = try await held(bench)
        #expect(held.count == count)
        for event in events {
          let record = try #require(held[event.uid])
          #expect(record.summary == event.summary && record.start == event.start && record.end == event.end)
          #expect(record.skipped == event.skipped && record.rule == event.rule)
        }
      }
    }
  }

  // MARK: - Linked calendars

  private func listed(_ number: Int, _ bench: LinkedBench) -> GoogleEvent {
    let start = bench.clock.now.unix + number
    return GoogleEvent(
      id: "g\(number)",
      summary: "Entry \(number)",
      attendees: (0..<number % 3).map { "\(number)-\($0)@x.org" },
      zone: "UTC",
      start: start,
      end: start + 60,
      skipped: (0..<number % 4).map { start + $0 }
    )
  }

  @Test func `a list longer than a batch is held as it was sent`() async throws {
    try await LinkedBench.with { bench in
      let events = (0..<CalendarStore.batch + 1).map { listed($0, bench) }
      let items = events.map { GoogleItem.event($0) }
      for isWhole in [true, false, true] {
        let taken = try await bench.store.take(items, of: owner, sync: "s", isWhole: isWhole, at: bench.clock.now)
        #expect(taken == events.count)
        let held = try await held(bench)
        #expect(held.count == events.count)
        for event in events {
          let record = try #require(held[event.id])
          #expect(record.summary == event.summary && record.start == event.start && record.end == event.end)
          #expect(record.attendees == event.attendees && record.skipped.sorted() == event.skipped)
        }
      }
    }
  }

  @Test func `what a list names twice is as it was named last, and leaves out all that it ever did`() async throws {
    try await LinkedBench.with { bench in
      let (store, made) = (bench.store, bench.clock.now)
      let first = (0..<5).map { GoogleItem.event(listed($0, bench)) }
      _ = try await store.take(first, of: owner, sync: "s1", isWhole: true, at: made)
      let before = try await held(bench)
      bench.clock.advance(by: .seconds(60))
      var changed = (0..<2).map { number in
        var event = listed(3, bench)
        event.summary = "Change \(number)"
        event.attendees = ["change-\(number)@x.org"]
        event.skipped = [made.unix + 100 * number, made.unix + 700]
        return event
      }
      var fresh = listed(7, bench)
      fresh.created = made.unix + 5
      changed += [fresh, fresh]
      changed[3].created = made.unix + 6
      let items: [GoogleItem] =
        changed.map { .event($0) } + [
          .deleted("g1"), .deleted("g1"), .deleted("nobody"), .skipped(series: "g2", start: made.unix + 800),
          .skipped(series: "nobody", start: 1), .skipped(series: "g2", start: made.unix + 900),
          .skipped(series: "g2", start: made.unix + 800),
        ]
      #expect(try await store.take(items, of: owner, sync: "s2", isWhole: false, at: bench.clock.now) == 4)
      let after = try await held(bench)
      #expect(Set(after.keys) == ["g0", "g2", "g3", "g4", "g7"])
      let (third, was) = (try #require(after["g3"]), try #require(before["g3"]))
      #expect(third.id == was.id && third.created == was.created && third.updated == bench.clock.now)
      #expect(third.summary == "Change 1" && third.attendees == ["change-1@x.org"])
      #expect(third.skipped.sorted() == Set(was.skipped + [0, 100, 700].map { made.unix + $0 }).sorted())
      #expect(after["g7"]?.created == Timestamp(unix: made.unix + 5))
      let second = try #require(after["g2"])
      let left = try #require(before["g2"]).skipped + [800, 900].map { made.unix + $0 }
      #expect(second.skipped.sorted() == left.sorted())
      #expect(second.updated == made)
    }
  }
}
