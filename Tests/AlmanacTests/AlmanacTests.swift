import Testing

@testable import Almanac
@testable import ICalendar

@Suite struct AlmanacTests {
  private let vancouver: Zone

  init() throws { vancouver = try #require(Zone(named: "America/Vancouver")) }

  private func time(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) throws -> CivilTime {
    CivilTime(try #require(CivilDate(year: year, month: month, day: day)), second: hour * 3600 + minute * 60)
  }

  @Test func `a time that never comes is read by the clock before the jump`() throws {
    let inGap = vancouver.moment(of: try time(2025, 3, 9, 2, 30))
    #expect(vancouver.text(of: inGap) == "2025-03-09T03:30:00-07:00")
  }

  @Test func `a time that comes twice is its first`() throws {
    let twice = vancouver.moment(of: try time(2025, 11, 2, 1, 30))
    #expect(vancouver.text(of: twice) == "2025-11-02T01:30:00-07:00")
    #expect(vancouver.text(of: twice + 3600) == "2025-11-02T01:30:00-08:00")
  }

  @Test func `a day that a zone left out has a start all the same`() throws {
    let apia = try #require(Zone(named: "Pacific/Apia"))
    let start = apia.start(of: try time(2011, 12, 30).date)
    #expect(apia.text(of: start) == "2011-12-31T00:00:00+14:00")
  }

  @Test(arguments: [
    "", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "America", "America/", "posix/UTC", "a b", "é",
  ])
  func `what is no zone is refused`(name: String) { #expect(Zone(named: name) == nil) }

  @Test(arguments: ["UTC", "Etc/GMT+12", "America/Argentina/Buenos_Aires", "GMT0", "Europe/Kyiv"])
  func `names of every form are found`(name: String) { #expect(Zone(named: name)?.name == name) }

  @Test func `the zone data has a version`() {
    #expect(Zone.databaseVersion.wholeMatch(of: /20\d\d[a-z]+/) != nil)
  }

  @Test(arguments: [(2030, 2, 29), (2030, 4, 31), (2030, 13, 1), (2030, 0, 1), (0, 1, 1), (10_000, 1, 1)])
  func `days that no calendar has are refused`(year: Int, month: Int, day: Int) {
    #expect(CivilDate(year: year, month: month, day: day) == nil)
  }

  @Test func `dates and days agree over eight hundred years`() throws {
    var date = try #require(CivilDate(year: 1600, month: 1, day: 1))
    var (year, month, day) = (1600, 1, 1)
    while year < 2400 {
      #expect((date.year, date.month, date.dayOfMonth) == (year, month, day))
      date = date + 1
      day += 1
      if CivilDate(year: year, month: month, day: day) == nil { (month, day) = (month + 1, 1) }
      if month == 13 { (year, month) = (year + 1, 1) }
    }
    #expect(CivilDate(day: 0).weekday == 4)
    #expect(CivilDate(day: -5).weekday == 6)
  }

  @Test func `a weekly series keeps its hour when clocks change, and ends at its end`() throws {
    let end = vancouver.moment(of: try time(2025, 3, 20, 23, 59))
    let rule = try Recurrence("FREQ=WEEKLY;BYDAY=MO,WE")
    let starts = rule.starts(from: try time(2025, 3, 3, 9), in: vancouver, within: 0..<end, limit: 100)
    let days = starts.map { vancouver.time(at: $0) }
    #expect(days.map(\.date.dayOfMonth) == [3, 5, 10, 12, 17, 19])
    #expect(days.allSatisfy { $0.clock == "09:00" })
  }

  @Test(arguments: [
    "", "FREQ=", "FREQ=SOMETIMES", "INTERVAL=2", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "nonsense",
    "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;RSCALE=CHINESE", "FREQ=DAILY\u{0}",
    // A number before a weekday where neither month nor year is counted, and places among nothing or beyond all.
    "FREQ=DAILY;BYDAY=3FR,3TU;BYSETPOS=-22", "FREQ=WEEKLY;BYDAY=-1MO", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO",
    "FREQ=MONTHLY;BYSETPOS=3", "FREQ=DAILY;BYMONTH=5;BYSETPOS=2", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-32",
    "FREQ=DAILY;INTERVAL=3;BYMONTHDAY=-1",
  ])
  func `a malformed rule is refused`(text: String) {
    #expect(throws: Recurrence.Fault.malformed) { try Recurrence(text) }
  }

  @Test(arguments: ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=5", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1,2,3"])
  func `a rule that repeats within a day is refused`(text: String) {
    #expect(throws: Recurrence.Fault.tooFine) { try Recurrence(text) }
  }

  /// Without a weekday libical leaves the table of a year's days, wherever the process has memory there and where not.
  @Test(arguments: ["20,53", "12,39,-10", "36,-38", "-21", "1", "52,53,-53"])
  func `numbered weeks have the weekday of the start`(weeks: String) throws {
    let names = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
    for year in 1990..<2050 {
      let first = try time(year, 1 + year % 12, 1 + year % 28, 9)
      let end = vancouver.moment(of: try time(year + 8, 1, 1))
      let starts = { (rule: String) throws in
        try Recurrence(rule).starts(from: first, in: self.vancouver, within: Int.min..<end, limit: 20)
      }
      let weekday = try starts("FREQ=YEARLY;BYWEEKNO=\(weeks);BYDAY=\(names[first.date.weekday])")
      #expect(try starts("FREQ=YEARLY;BYWEEKNO=\(weeks)") == weekday, "\(weeks) from \(first)")
    }
  }

  @Test func `the weeks of a year are those of ISO 8601`() throws {
    let end = vancouver.moment(of: try time(2027, 1, 1))
    let starts = try Recurrence("FREQ=YEARLY;BYWEEKNO=20,53")
      .starts(from: try time(2023, 11, 14, 9), in: vancouver, within: 0..<end, limit: 20)
    let days = starts.map { vancouver.text(of: $0).prefix(10) }
    #expect(days == ["2024-05-14", "2025-05-13", "2026-05-12", "2026-12-29"])
  }

  @Test func `a rule that never comes true costs as much as a long series`() throws {
    let never = try Recurrence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    var steps = 2 * Recurrence.mostSteps
    #expect(try never.continued(from: time(2026, 4, 1, 9), in: vancouver, after: 0, steps: &steps) == nil)
    #expect(steps == Recurrence.mostSteps)
    let over = try Recurrence("FREQ=WEEKLY;UNTIL=20260601T000000Z")
    let now = vancouver.moment(of: try time(2027, 1, 1))
    #expect(try over.continued(from: time(2026, 5, 1, 9), in: vancouver, after: now, steps: &steps) == nil)
    #expect(steps == Recurrence.mostSteps - 5)
  }

  @Test func `an old series is not followed from its first time`() throws {
    let first = try time(2005, 1, 3, 9)
    let wanted = vancouver.moment(of: try time(2029, 12, 1, 0))
    let rules = [
      "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYMONTHDAY=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
    ]
    for rule in rules {
      var seen = 0
      try Recurrence(rule).forEach(from: first, in: vancouver, wanted: wanted) { time in
        seen += 1
        return vancouver.moment(of: time) < wanted
      }
      #expect(seen <= 4, "\(rule)")
    }
  }

  @Test func `a rule that never comes true ends`() throws {
    let never = try Recurrence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    let first = try time(2025, 1, 1, 9)
    #expect(never.starts(from: first, in: vancouver, within: 0..<Int.max, limit: 10).isEmpty)
    let long = try Recurrence("FREQ=DAILY")
    #expect(long.starts(from: first, in: vancouver, within: 0..<Int.max, limit: .max).count <= Recurrence.mostSteps)
  }
}
