import FoundationEssentials
import JSON
import Testing
import Wire

/// Each call of `carillon-calendar` against the lines kept under `Fixtures/frames`: a changed wire shows there.
@Suite struct CalendarFramesTests {
  static let context = CallContext(user: UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"))
  static let reply = RawJSON.object { $0.member("status", "success") }
  static let fields = RawJSON.object { $0.member("name", "Lunch") }
  static let ofUser = Calendar.Request(fields: fields)
  static let ofEvent = Calendar.Request(
    event: "0123456789abcdef0123456789abcdef",
    person: "bob@x.org",
    fields: fields
  )

  private func golden(_ name: String) throws -> [String] {
    let file = "\(#filePath)".replacing("WireTests/CalendarFramesTests.swift", with: "Fixtures/frames/\(name).json")
    let text = try String(decoding: Data(contentsOf: URL(filePath: file)), as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  private func line(_ frame: Frame) -> String { String(decoding: frame.encoded().dropLast(), as: UTF8.self) }

  private func check<C: CalendarCall & Equatable>(
    _ call: C,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let sent = line(.call(id: 1, name: C.name, context: Self.context, body: try call.json()))
    let answered = line(.reply(id: 1, body: Self.reply))
    let kept = try golden(C.name)
    #expect(kept == [sent, answered], sourceLocation: sourceLocation)
    #expect(try C(json: call.json()) == call, sourceLocation: sourceLocation)
  }

  @Test func `calls about the own calendar carry the client's object`() throws {
    try check(Calendar.Events(Self.ofUser))
    try check(Calendar.Schedule(Self.ofUser))
    try check(Calendar.Proposals(Self.ofUser))
    try check(Calendar.Invites(Self.ofUser))
    try check(Calendar.Locate(Self.ofUser))
    try check(Calendar.Propose(Self.ofUser))
    try check(Calendar.AddEntry(Self.ofUser))
    try check(Calendar.Import(Self.ofUser))
    try check(Calendar.ReadSettings(Self.ofUser))
    try check(Calendar.ImportFile(Self.ofUser))
    try check(Calendar.MakeFreeBusyFeed(Self.ofUser))
    try check(Calendar.EndFreeBusyFeed(Self.ofUser))
    try check(Calendar.ChangeSettings(Self.ofUser))
    try check(Calendar.MakeFeed(Self.ofUser))
    try check(Calendar.EndFeed(Self.ofUser))
  }

  @Test func `calls about an event carry its id and a person of the path too`() throws {
    try check(Calendar.Vote(Self.ofEvent))
    try check(Calendar.Fetch(Self.ofEvent))
    try check(Calendar.Preferred(Self.ofEvent))
    try check(Calendar.Activate(Self.ofEvent))
    try check(Calendar.Hold(Self.ofEvent))
    try check(Calendar.Locations(Self.ofEvent))
    try check(Calendar.Edit(Self.ofEvent))
    try check(Calendar.Cancel(Self.ofEvent))
    try check(Calendar.AddPeople(Self.ofEvent))
    try check(Calendar.RemovePerson(Self.ofEvent))
  }

  @Test func `feeds come as text with a tag`() throws {
    let feed = Calendar.Feed(text: "BEGIN:VCALENDAR\r\n", tag: "abc")
    let event = "0123456789abcdef0123456789abcdef"
    try check(Calendar.ReadFeed("t0k-en"), feed)
    try check(Calendar.ReadEventFeed(event), feed)
    try check(Calendar.ReadFreeBusy(Self.ofUser), feed)
  }

  @Test func `an answer by a link has a code and acts for nobody`() throws {
    var rsvp = Calendar.Rsvp(name: "Lunch", organizer: "ann@x.org", answer: .accepted)
    rsvp.location = "Pier 9"
    let event = "0123456789abcdef0123456789abcdef"
    try check(Calendar.ReadRsvp(event: event, code: "c0-de"), rsvp)
    try check(Calendar.AnswerRsvp(event: event, code: "c0-de", comes: true), rsvp)
  }

  private func check<C: Call & Equatable>(
    _ call: C,
    _ reply: C.Reply,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws where C.Reply: Equatable {
    let sent = line(.call(id: 1, name: C.name, context: Self.context, body: try call.json()))
    let answered = line(.reply(id: 1, body: try reply.json()))
    let kept = try golden(C.name)
    #expect(kept == [sent, answered], sourceLocation: sourceLocation)
    #expect(try C(json: call.json()) == call, sourceLocation: sourceLocation)
    #expect(try C.Reply(json: reply.json()) == reply, sourceLocation: sourceLocation)
  }

  @Test(arguments: [#"[]"#, #"{"event":7}"#, #"{"fields":}"#, "7"])
  func `what is no request is refused`(text: String) {
    #expect(throws: JSONFault.self) { try Calendar.Vote(json: RawJSON(trusted: Array(text.utf8))) }
  }
}
