import Almanac
import FinderOracle
import ICalendar
import Postgres
import Testing
import Time
import Wire

@testable import CalendarCore

@Suite struct CalendarFileTests {
  private let berlin: Zone
  /// 2030-03-04 09:00 in Los Angeles, 18:00 in Berlin.
  private let now = 1_898_874_000

  init() throws { berlin = try #require(Zone(named: "Europe/Berlin")) }

  private func file(_ lines: String...) -> [UInt8] {
    let text = (["BEGIN:VCALENDAR", "VERSION:2.0"] + lines + ["END:VCALENDAR", ""]).joined(separator: "\n")
    return Array(text.replacing("\n", with: "\r\n").utf8)
  }

  private func event(_ lines: String...) -> String {
    (["BEGIN:VEVENT", "DTSTAMP:20300101T000000Z"] + lines + ["END:VEVENT"]).joined(separator: "\n")
  }

  private func read(_ bytes: [UInt8]) throws -> FileImport {
    var reader = FileReader(try CalendarFile(bytes), home: berlin, email: "ann@x.org", now: now)
    return try reader.read()
  }

  private func moment(_ text: String, _ zone: Zone? = nil) throws -> Int {
    try #require(ICalendarTime.moment(text, in: zone ?? berlin))
  }

  /// When the events of a file take place within two months from now.
  private func times(_ file: FileImport) -> [String] {
    file.series.flatMap(\.events).flatMap { event in
      event.record.occurrences(within: now..<(now + 60 * 86_400)).map { berlin.slotText($0.start) }
    }.sorted()
  }

  @Test func `one event has its words, hours and place`() throws {
    let found = try read(
      file(
        event(
          "UID:a",
          "SUMMARY:Lunch\\, long",
          "DESCRIPTION:one\\ntwo",
          "LOCATION:Pier",
          "DTSTART:20300305T110000Z",
          "DTEND:20300305T120000Z"
        )
      )
    )
    let event = try #require(found.series.first?.events.first)
    #expect((event.summary, event.description, event.location) == ("Lunch, long", "one\ntwo", "Pier"))
    #expect((event.start, event.end) == (try moment("20300305T110000Z"), try moment("20300305T120000Z")))
    #expect(event.busy && !event.allDay && event.rule == nil)
    #expect(found.leftOut.isEmpty)
  }

  @Test(arguments: [
    ("DTSTART;TZID=America/New_York:20300305T100000", "20300305T160000"),
    ("DTSTART;TZID=Eastern Standard Time:20300305T100000", "20300305T160000"),
    ("DTSTART;TZID=\"W. Europe Standard Time\":20300305T100000", "20300305T100000"),
    ("DTSTART;TZID=/citadel.org/20210210_1/America/New_York:20300305T100000", "20300305T160000"),
    ("DTSTART;TZID=Somewhere:20300305T100000", "20300305T160000"),
    // Of no zone: the owner's.
    ("DTSTART:20300305T100000", "20300305T100000"), ("DTSTART:20300305T100000Z", "20300305T110000"),
  ])
  func `a zone is found by any decent name`(start: String, expected: String) throws {
    let zone = "BEGIN:VTIMEZONE\nTZID:Somewhere\nX-LIC-LOCATION:America/New_York\nEND:VTIMEZONE"
    let found = try read(file(zone, event("UID:a", start, "DURATION:PT1H")))
    #expect(found.series.first?.events.first?.start == (try moment(expected)))
  }

  @Test func `a zone that nobody knows is refused by its name`() throws {
    #expect(throws: Failure.invalid("time zone 'Mars/Olympus'")) {
      try read(file(event("UID:a", "DTSTART;TZID=Mars/Olympus:20300305T100000", "DURATION:PT1H")))
    }
  }

  @Test func `whole days are the owner's days, and a day without an end is one`() throws {
    let found = try read(
      file(event("UID:a", "DTSTART;VALUE=DATE:20300306"), event("UID:b", "DTSTART:20300306", "DTEND:20300309"))
    )
    let events = found.series.flatMap(\.events)
    #expect(events.map(\.allDay) == [true, true])
    #expect(events.map(\.start) == Array(repeating: try moment("20300306"), count: 2))
    #expect(events.map(\.end) == [try moment("20300307"), try moment("20300309")])
  }

  @Test func `a series keeps its hour, its gaps and its moved times`() throws {
    let found = try read(
      file(
        event(
          "UID:a",
          "DTSTART;TZID=Europe/Berlin:20300305T090000",
          "DTEND;TZID=Europe/Berlin:20300305T100000",
          "RRULE:FREQ=WEEKLY;COUNT=6",
          "EXDATE;TZID=Europe/Berlin:20300312T090000,20300319T090000",
          "RDATE;TZID=Europe/Berlin:20300313T150000"
        ),
        event("UID:a", "RECURRENCE-ID:20300326T080000Z", "DTSTART:20300327T080000Z", "DURATION:PT1H", "SUMMARY:Moved"),
        event(
          "UID:a",
          "RECURRENCE-ID;TZID=Europe/Berlin:20300402T090000",
          "DTSTART:20300402T090000",
          "DURATION:PT1H",
          "STATUS:CANCELLED"
        )
      )
    )
    // In Berlin clocks jump on 31 March.
    #expect(
      times(found) == ["2030-03-05 09:00", "2030-03-13 15:00", "2030-03-27 09:00", "2030-04-09 09:00"]
    )
    #expect(found.series.map(\.uid) == ["a"])
  }

  @Test func `an old series goes on as before, and costs no more than a young one`() throws {
    for rule in [
      "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "FREQ=MONTHLY;BYDAY=-1FR",
      "FREQ=WEEKLY;COUNT=1000", "FREQ=YEARLY;BYMONTH=3;BYDAY=2MO", "FREQ=MONTHLY;BYMONTHDAY=31",
    ] {
      let first = CivilTime(try #require(CivilDate(year: 2012, month: 1, day: 3)), second: 36_000)
      let whole = try Recurrence(rule)
      var steps = 100_000
      let kept = try #require(whole.continued(from: first, in: berlin, after: now - 366 * 86_400, steps: &steps))
      #expect(berlin.moment(of: kept.first) > now - 366 * 86_400)
      let range = now..<(now + 3000 * 86_400)
      let same = try Recurrence(kept.rule).starts(from: kept.first, in: berlin, within: range, limit: 2000)
      #expect(same == whole.starts(from: first, in: berlin, within: range, limit: 2000), "\(rule)")
    }
  }

  @Test func `a series that would never end to be followed is refused`() throws {
    let daily = (0..<30).map { event("UID:\($0)", "DTSTART:19700105T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY") }
    #expect(throws: Failure.self) { try read(file(daily.joined(separator: "\n"))) }
  }

  @Test func `who declined or marked it transparent is not busy`() throws {
    let found = try read(
      file(
        event("UID:a", "DTSTART:20300305T110000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT"),
        event("UID:b", "DTSTART:20300305T110000Z", "DURATION:PT1H", "ATTENDEE;PARTSTAT=DECLINED:mailto:Ann@x.org"),
        event("UID:c", "DTSTART:20300305T110000Z", "DURATION:PT1H", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@x.org")
      )
    )
    #expect(found.series.flatMap(\.events).map(\.busy) == [false, false, true])
  }

  @Test func `what makes no sense is left out and told, the rest stays`() throws {
    let found = try read(
      file(
        event("DTSTART:20300305T110000Z", "DURATION:PT1H"),
        event("UID:b", "DTSTART:yesterday"),
        event("UID:c", "DTSTART:20300305T110000Z", "DTEND:20300305T100000Z"),
        event("UID:d", "DTSTART:20300305T110000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY"),
        event("UID:e", "DTSTART:20300305T110000Z", "DURATION:PT1H", "RRULE:FREQ=SOMETIMES"),
        event("UID:f", "DTSTART:20200305T110000Z", "DURATION:PT1H"),
        event(
          "UID:g",
          "DTSTART:20300305T110000Z",
          "DURATION:PT1H",
          "RECURRENCE-ID;RANGE=THISANDFUTURE:20300305T110000Z"
        ),
        event("UID:h", "DTSTART:20300305T110000Z"),
        event("UID:good", "DTSTART:20300305T110000Z", "DURATION:PT1H")
      )
    )
    let reasons = found.leftOut.map { "\($0.uid) \($0.reason)" }
    #expect(
      reasons == [
        " noUID", "b badTime", "c badTime", "g range", "h badTime", "d tooFine", "e badRule", "f past",
      ]
    )
    #expect(found.series.flatMap(\.events).map(\.uid) == ["good"])
  }

  @Test func `a cancelled UID is there to be removed`() throws {
    let one = event("UID:a", "DTSTART:20300305T110000Z", "DURATION:PT1H", "STATUS:CANCELLED")
    #expect(try read(file(one)).series == [FileSeries(uid: "a", isWhole: true)])
    let other = event("UID:a", "DTSTART:20300305T110000Z", "DURATION:PT1H")
    #expect(try read(file("METHOD:CANCEL", other)).series == [FileSeries(uid: "a", isWhole: true)])
  }

  @Test func `what is no calendar is refused`() {
    for text in ["", "hello", "BEGIN:VCALENDAR", "\u{0}", "BEGIN:VCARD\r\nEND:VCARD\r\n", "END:VCALENDAR\r\n"] {
      _ = try? CalendarFile(Array(text.utf8))
    }
    #expect(throws: CalendarFile.Fault.malformed) { try CalendarFile(Array("hello".utf8)) }
    #expect(throws: CalendarFile.Fault.malformed) { try CalendarFile([]) }
    #expect(throws: CalendarFile.Fault.malformed) { try CalendarFile(Array("BEGIN:VCALENDAR\r\n\u{0}".utf8)) }
    let deep = String(repeating: "BEGIN:VEVENT\r\n", count: 60_000)
    #expect(throws: CalendarFile.Fault.tooLarge) { try CalendarFile(Array("BEGIN:VCALENDAR\r\n\(deep)".utf8)) }
    let folded = String(repeating: "BE\r\n GIN:VEVENT\r\n", count: 50_000)
    #expect(throws: CalendarFile.Fault.tooLarge) { try CalendarFile(Array("BEGIN:VCALENDAR\r\n\(folded)".utf8)) }
  }

  /// Every byte of a decent file is changed, dropped or doubled now and then.
  @Test func `a damaged file harms nobody`() throws {
    let whole = file(
      "BEGIN:VTIMEZONE\nTZID:X\nX-LIC-LOCATION:Europe/Berlin\nEND:VTIMEZONE",
      event(
        "UID:a",
        "SUMMARY;LANGUAGE=en:A\\;b",
        "DTSTART;TZID=X:20300305T090000",
        "DTEND;TZID=X:20300305T100000",
        "RRULE:FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=6",
        "EXDATE;TZID=X:20300312T090000,20300319T090000",
        "RDATE;VALUE=PERIOD:20300313T150000Z/PT1H",
        "ATTENDEE;CN=\"B, c\";PARTSTAT=DECLINED:mailto:ann@x.org"
      ),
      event("UID:a", "RECURRENCE-ID;TZID=X:20300326T080000", "DTSTART;VALUE=DATE:20300327")
    )
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<4000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
        }
      }
      guard let found = try? read(bytes) else { continue }
      #expect(found.series.flatMap(\.events).allSatisfy { $0.start < $0.end && !$0.uid.isEmpty })
      _ = times(found)
    }
  }
}

extension FileEvent {
  /// As the store would give it back.
  fileprivate var record: ImportedRecord {
    ImportedRecord(
      owner: .init(high: 0, low: 0),
      source: "file",
      id: .init(high: 0, low: 0),
      uid: uid,
      summary: summary,
      description: description,
      location: location,
      color: "",
      creatorEmail: "",
      attendees: [],
      zoneName: zone,
      allDay: allDay,
      start: start,
      end: end,
      rule: rule,
      skipped: skipped,
      busy: busy,
      created: .init(microseconds: 0),
      updated: .init(microseconds: 0)
    )
  }
}
