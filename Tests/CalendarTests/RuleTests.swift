import Almanac
import JSON
import Postgres
import Testing
import Wire

@testable import CalendarCore

@Suite struct RuleTests {
  private let zone: Zone
  private let ann: Caller
  /// 2030-03-04 09:00 in Los Angeles.
  private let now = 1_898_874_000

  init() throws {
    zone = try #require(Zone(named: "America/Los_Angeles"))
    let id = UUIDValue(high: 1, low: 2)
    ann = Caller(id: id, user: UserID(id.description), email: "ann@x.org", username: "ann", zone: zone)
  }

  private func fields(_ json: String) throws -> LooseFields {
    try LooseFields(RawJSON(validating: Array(json.utf8)))
  }

  private func entry(_ json: String) throws -> EntryForm {
    try EntryForm(fields(json), owner: ann, zone: zone, now: now)
  }

  private func vote(_ json: String) throws -> Vote {
    try Vote(fields(json), declined: false, zone: zone, open: now..<(now + 5 * 86_400))
  }

  @Test func `a schedule holds each occurrence, or is none where there are too many`() throws {
    let today = zone.time(at: now).date
    let series = EntrySeries(weekdays: 127, fromClock: 0, toClock: 3600, first: today, until: now + 400 * 86_400)
    let daily = EntryRecord(
      id: ann.id,
      owner: ann.id,
      name: "Run",
      description: "",
      zoneName: zone.name,
      weight: 0,
      span: .weekly(series)
    )
    let agenda = Agenda(entries: [daily])
    let week = now..<(now + 7 * 86_400)
    let whole = try #require(agenda.schedule(of: ann, within: week, atMost: 10_000))
    let response = try whole.value().object?["response"]?.object
    #expect(response?["username"]?.string == "ann" && response?["schedule"]?.array?.count == 7)
    #expect(agenda.schedule(of: ann, within: week, atMost: whole.bytes.count - 10) == nil)
  }

  @Test func `a schedule is in the order of time, whatever its items come from`() throws {
    func single(_ name: String, _ start: Int, _ end: Int) -> EntryRecord {
      EntryRecord(
        id: ann.id,
        owner: ann.id,
        name: name,
        description: "",
        zoneName: zone.name,
        weight: 0,
        span: .single(start: start, end: end)
      )
    }
    func meeting(_ name: String, _ start: Int, _ end: Int) -> Agenda.Meeting {
      Agenda.Meeting(
        person: ann.id,
        id: ann.id,
        name: name,
        description: "",
        creatorEmail: "ann@x.org",
        start: start,
        end: end
      )
    }
    let agenda = Agenda(
      entries: [
        single("c", now + 7200, now + 9000), single("a", now, now + 1800), single("e", now + 8000, now + 9000),
      ],
      meetings: [meeting("b", now + 3600, now + 5400), meeting("d", now + 7200, now + 9500)]
    )
    let document = try #require(agenda.schedule(of: ann, within: now..<(now + 86_400), atMost: 10_000))
    let schedule = try document.value().object?["response"]?.object?["schedule"]?.array
    #expect(schedule?.map { $0.object?["name"]?.string } == ["a", "b", "c", "d", "e"])
  }

  // MARK: - Votes

  @Test func `slots are cut to what is open, and to whole minutes`() throws {
    let cut = try vote(#"{"timeslots":[{"startTime":\#(now - 3600),"endTime":\#(now + 3661)}]}"#)
    #expect(cut.slots == [Vote.Slot(start: now, end: now + 3660)])
    let late = try vote(#"{"timeslots":[{"startTime":\#(now + 4 * 86_400),"endTime":\#(now + 9 * 86_400)}]}"#)
    #expect(late.slots == [Vote.Slot(start: now + 4 * 86_400, end: now + 5 * 86_400)])
  }

  @Test func `no slots mean a guest who comes whenever it is`() throws {
    for json in ["{}", #"{"timeslots":[]}"#, #"{"timeslots":null}"#] { #expect(try vote(json) == Vote()) }
  }

  @Test func `a refusal needs no good slots`() throws {
    #expect(try vote(#"{"declined":true,"timeslots":7}"#).declined)
    let byQuery = try Vote(fields("{}"), declined: true, zone: zone, open: now..<(now + 1))
    #expect(byQuery.declined)
  }

  @Test(arguments: ["0", "-1", "1e300", #""x""#, "null"])
  func `a weight is above nothing`(weight: String) throws {
    let json = #"{"timeslots":[{"startTime":\#(now),"endTime":\#(now + 3600),"weight":\#(weight)}]}"#
    if weight == "null" {
      #expect(try vote(json).slots[0].weight == 1)
    } else {
      #expect(throws: Failure.invalid("weight")) { try vote(json) }
    }
  }

  // MARK: - Entries

  @Test func `an end clock before the start is on the next day`() throws {
    let night = try entry(#"{"start_time":"22:00","end_time":"6:30","single_event":true,"date":"2030-3-9"}"#)
    // The night in which clocks jump ahead has an hour less.
    guard case .single(let start, let end) = night.span else { throw Failure.internal }
    #expect(end - start == 7 * 3600 + 1800)
    #expect(zone.text(of: start) == "2030-03-09T22:00:00-08:00")
  }

  @Test func `a weekly night shift reaches over midnight and over the range's edge`() throws {
    let shift = try entry(#"{"start_time":"22:00","end_time":"6:00","repeat_days":["1"],"single_event":"false"}"#)
    let tuesday = zone.start(of: zone.time(at: now).date + 1)
    let found = shift.span.occurrences(in: zone, within: tuesday..<(tuesday + 86_400))
    #expect(found == [Occurrence(start: tuesday - 7200, end: tuesday + 6 * 3600)])
  }

  @Test func `a series without an end lasts a year`() throws {
    let form = try entry(#"{"start_time":"9:00","end_time":"10:00","repeat_days":[0],"single_event":false}"#)
    let found = form.span.occurrences(in: zone, within: now..<(now + 3 * 366 * 86_400))
    #expect(found.count == 52)
  }

  @Test(arguments: [
    (#"{"end_time":"10:00"}"#, Failure.missing("start_time")),
    (#"{"start_time":"9:00"}"#, .missing("end_time")),
    (#"{"start_time":"x","end_time":"10:00"}"#, .invalid("start_time")),
    (#"{"start_time":"9:00","end_time":"25:00"}"#, .invalid("end_time")),
    (#"{"start_time":200,"end_time":100}"#, .invalid("end_time")),
    (#"{"start_time":9000,"end_time":9900,"single_event":false,"repeat_days":[1]}"#, .invalid("start_time")),
    (#"{"start_time":"9:00","end_time":"10:00","single_event":false}"#, .invalid("repeat_days")),
    (#"{"start_time":"9:00","end_time":"10:00","repeat_days":[7]}"#, .invalid("repeat_days")),
    (#"{"start_time":"9:00","end_time":"10:00","weight":1.5}"#, .invalid("weight")),
    (#"{"start_time":"9:00","end_time":"10:00","owner":"bob@x.org"}"#, Failure(.forbidden, field: "owner")),
    (#"{"start_time":"9:00","end_time":"10:00","timezone":"Nowhere"}"#, .invalid("timezone")),
  ])
  func `a bad entry is told its fault`(json: String, failure: Failure) throws {
    #expect(throws: failure) { try entry(json) }
  }

  // MARK: - Numbers and flags

  @Test(arguments: [("5", 5.0), (#""5""#, 5), (#""-1.5e1""#, -15), (#"" 7 ""#, 7)])
  func `numbers may be texts`(json: String, number: Double) throws {
    #expect(try fields(#"{"x":\#(json)}"#).number("x") == number)
  }

  @Test(arguments: [#""nan""#, #""inf""#, #""0x10""#, "true", "[]", "1e999", #""five""#])
  func `what is no number is refused`(json: String) throws {
    #expect(throws: Failure.invalid("x")) { try fields(#"{"x":\#(json)}"#).number("x") }
  }

  @Test(arguments: [
    ("true", true), ("1", true), (#""TRUE""#, true), (#""false""#, false), ("0", false), (#""no""#, false),
  ])
  func `only true and 1 are yes`(json: String, flag: Bool) throws {
    #expect(try fields(#"{"x":\#(json)}"#).flag("x") == flag)
  }

  @Test func `an event's id is the same with and without dashes`() throws {
    let id = UUIDValue.random()
    #expect(UUIDValue(event: id.hex) == id)
    #expect(UUIDValue(event: id.description) == id)
    #expect(id.hex.utf8.count == 32)
    for text in ["", "x", String(repeating: "g", count: 32), String(repeating: "é", count: 16)] {
      #expect(UUIDValue(event: text) == nil)
    }
  }

  @Test func `the window of positions is an hour before and not after`() {
    #expect(!LocationWindow.isOpen(from: 7200, to: 9000, at: 3599))
    #expect(LocationWindow.isOpen(from: 7200, to: 9000, at: 3600))
    #expect(LocationWindow.isOpen(from: 7200, to: 9000, at: 8999))
    #expect(!LocationWindow.isOpen(from: 7200, to: 9000, at: 9000))
  }
}
