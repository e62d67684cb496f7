import Almanac
import Finder
import JSON
import Testing
import Wire

@testable import CalendarCore

@Suite struct WorkingHoursTests {
  private let zone: Zone
  /// 2030-03-04 00:00 in Los Angeles, a Monday.
  private let monday: Int

  init() throws {
    zone = try #require(Zone(named: "America/Los_Angeles"))
    monday = zone.start(of: try #require(CivilDate(year: 2030, month: 3, day: 4)))
  }

  private func hours(_ json: String) throws -> WorkingHours {
    let body = #"{"working_hours":\#(json)}"#
    return try WorkingHours(LooseFields(RawJSON(validating: Array(body.utf8))), "working_hours")
  }

  /// In hours from Monday's midnight.
  private func off(_ hours: WorkingHours, _ from: Int, _ to: Int) -> [[Int]] {
    hours.off(in: zone, within: (monday + from * 3600)..<(monday + to * 3600))
      .map { [($0.start * 60 - monday) / 3600, ($0.end * 60 - monday) / 3600] }
  }

  @Test func `what is outside of the hours is off, days without any are off whole`() throws {
    let week = try hours(#"[{"days":[1,2,3,4,5],"from":"9:00","to":"17:00"}]"#)
    #expect(off(week, 0, 48) == [[0, 9], [17, 33], [41, 48]])
    #expect(off(week, 10, 12) == [])
    // Friday evening to Monday morning; on Sunday clocks jump ahead.
    #expect(off(week, 4 * 24 + 18, 7 * 24 + 12) == [[4 * 24 + 18, 7 * 24 + 8]])
  }

  @Test func `hours may reach over midnight, and overlap`() throws {
    let night = try hours(#"[{"days":[0],"from":"22:00","to":"6:00"},{"days":["1"],"from":"5:00","to":"8:00"}]"#)
    #expect(off(night, 0, 24) == [[8, 24]])
    #expect(off(try hours(#"[{"days":[1],"from":"0:00","to":"0:00"}]"#), -1, 25) == [[-1, 0], [24, 25]])
  }

  @Test func `no hours are any hours`() throws {
    for json in ["null", "[]"] { #expect(off(try hours(json), 0, 1000) == []) }
  }

  @Test(arguments: [
    "7", #""9-17""#, "[7]", "[{}]", #"[{"days":[],"from":"9:00","to":"17:00"}]"#,
    #"[{"days":[7],"from":"9:00","to":"17:00"}]"#, #"[{"days":[1],"from":"9","to":"17:00"}]"#,
    #"[{"days":[1],"from":"9:00","to":"24:00"}]"#, #"[{"days":[1],"from":9,"to":17}]"#,
    #"[{"days":[1,1,1,1,1,1,1,1],"from":"9:00","to":"17:00"}]"#,
  ])
  func `what are no hours is refused`(json: String) {
    #expect(throws: Failure.invalid("working_hours")) { try hours(json) }
  }

  @Test func `settings change as far as they are named`() throws {
    var settings = PersonalSettings()
    func change(_ json: String) throws {
      try settings.change(LooseFields(RawJSON(validating: Array(json.utf8))))
    }
    try change(#"{"reminders":[10,60,10],"entry_reminders":["5"]}"#)
    #expect(settings.reminders == [60, 10])
    #expect(settings.entryReminders == [5])
    try change(#"{"reminders":null}"#)
    #expect(settings.reminders == nil)
    #expect(settings.entryReminders == [5])
    for minutes in ["[-1]", "[40321]", "[1.5]", "[1,2,3,4,5,6]", "30", #"["x"]"#] {
      #expect(throws: Failure.invalid("reminders")) { try change(#"{"reminders":\#(minutes)}"#) }
    }
  }
}
