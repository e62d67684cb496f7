import JSON
import Testing
import Wire

/// Each call of `carillon-calendar` against the lines kept under `Fixtures/frames`: a changed wire shows there.
@Suite struct CalendarFramesTests: GoldenFrames {
  static let context = CallContext(user: UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11"))
  static let reply = RawJSON.object { $0.member("status", "success") }
  static let fields = RawJSON.object { $0.member("name", "Lunch") }
  static let ofUser = Calendar.Request(fields: fields)
  static let ofEvent = Calendar.Request(
    event: "0123456789abcdef0123456789abcdef",
    person: "bob@x.org",
    fields: fields
  )

  private func check<C: CalendarCall>(_ call: C, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try check(call, Self.reply, sourceLocation: sourceLocation)
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

  @Test func `membership is told by success`() throws {
    try check(Calendar.CheckMember(of: "0123456789abcdef0123456789abcdef"), Empty())
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

  @Test(arguments: [#"[]"#, #"{"event":7}"#, #"{"fields":}"#, "7"])
  func `what is no request is refused`(text: String) {
    #expect(throws: JSONFault.self) { try Calendar.Vote(json: RawJSON(trusted: Array(text.utf8))) }
  }
}
