import JSON
import Testing
import Wire

/// Each call and event of `carillon-chat`, against the lines kept under `Fixtures/frames`: a changed wire shows there.
@Suite struct ChatFramesTests: GoldenFrames {
  static let user = UserID("7f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a11")
  static let context = CallContext(user: user)
  static let room = Chat.RoomGID("K7mQx2Vd")
  static let entry = Chat.Entry(
    sender: user,
    username: "Ann \"é\"",
    id: 36,
    text: "two\nlines, \\ and 😀 <b>",
    timestamp: 1_700_000_100.250375
  )

  @Test func `a message goes as the client's object and comes back as its receipt`() throws {
    try check(
      Chat.SendMessage(to: .value("K7mQx2Vd"), text: .value(Self.entry.text)),
      Chat.Receipt(id: 36, timestamp: 1_700_000_100.250375)
    )
  }

  @Test func `history is an array of sender and msg`() throws {
    try check(
      Chat.History(of: .value("K7mQx2Vd"), limit: .value(50), before: .value(99), after: .value(0)),
      Chat.Page([Self.entry, Self.entry])
    )
  }

  @Test func `rooms come as codes`() throws {
    try check(Chat.CreateRoom(), Chat.Opened(Self.room))
    try check(Chat.JoinRoom(.value("K7mQx2Vd")), Chat.Joined(Self.room, members: 2))
    try check(Chat.LeaveRoom(.value("K7mQx2Vd")), Empty())
  }

  @Test func `a room without messages is listed with nulls`() throws {
    let spoken = Chat.ListedRoom(
      Self.room,
      .owner,
      last: Chat.Receipt(id: 36, timestamp: 1_700_000_100.25),
      reading: Chat.Reading(read: 35, unread: 1)
    )
    let silent = Chat.ListedRoom(Chat.RoomGID("zzzzzzzz"), .member, last: nil)
    try check(Chat.ListRooms(), Chat.Rooms([spoken, silent]))
  }

  @Test func `an owner's calls name the room first`() throws {
    try check(Chat.LockRoom(.value("K7mQx2Vd"), locked: .value(true)), Empty())
    try check(Chat.RemoveMember(.value(Self.user.text), from: .value("K7mQx2Vd")), Empty())
  }

  @Test func `events carry an entry that is ready to send, and who is out`() throws {
    try check(Chat.Posted(in: Self.room, previous: 33, Self.entry))
    try check(Chat.MembershipEnded(of: Self.user, in: Self.room))
  }

  @Test func `gateways tell each other who listens and who types, and most often nothing but that they live`() throws {
    var report = Chat.PresenceReport(of: "b0b1", number: 7)
    #expect(try report.json().bytes == Array(#"{"gateway":"b0b1","number":7}"#.utf8))
    let place = Chat.PresencePlace(Self.user, in: Self.room, name: "Ann")
    (report.came, report.went) = ([place], [Chat.PresencePlace(Self.user, in: Self.room)])
    (report.begins, report.goesOn, report.ends, report.asks) = (true, true, true, ["*"])
    try check(report, Empty())
    try check(report)
    let typing = Chat.TypingNotice(at: place, isTyping: true)
    try check(typing, Empty())
    try check(typing)
    try check(Chat.CheckMember(of: Self.room), Empty())
  }

  @Test func `a feed is pages of entries that are ready to send`() throws {
    let item = Chat.FeedPage.Item(id: 36, sender: Self.user, entry: Self.entry.json())
    try check(
      Chat.OpenFeed("K7mQx2Vd", after: 35),
      Chat.FeedPage([item], through: 36, hasMore: true, blocked: [Self.user])
    )
    try check(
      Chat.ReadFeed(Self.room, after: 36, listeners: [Self.user]),
      Chat.FeedPage([], through: 36, hasMore: false, outsiders: [Self.user])
    )
  }

  @Test func `what members do with messages names room and message`() throws {
    let room = Given.value("K7mQx2Vd")
    var edited = Self.entry
    edited.edited = 1_700_000_200.5
    try check(Chat.MarkRead(room, through: .value(36)), Chat.Reading(read: 36, unread: 0))
    try check(Chat.EditMessage(.value(36), in: room, text: .value("new")), edited)
    try check(Chat.DeleteMessage(.value(36), in: room), Empty())
    try check(Chat.ReportMessage(.value(36), in: room, reason: .value("rude")), Empty())
    try check(Chat.MessageChanged(in: Self.room, id: 36, edited))
    let finds = Chat.Finds([Chat.Find(Self.entry, in: Self.room)])
    try check(
      Chat.SearchMessages(for: .value("new words"), in: room, before: .value(99), limit: .value(50)),
      finds
    )
    try check(Chat.ExportMessages(after: .value(0), limit: .value(1000)), finds)
  }

  @Test func `what is one person's names nobody but others`() throws {
    try check(Chat.BlockUser(.value(Self.user.text), blocked: .value(true)), Empty())
    try check(Chat.ListBlocked(), Chat.Users([Self.user]))
    try check(Chat.EraseUser(), Empty())
    let other = UserID("8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12")
    try check(Chat.BlockChanged(of: Self.user, other: other, blocked: true))
  }

  @Test func `an event's room is named by the event`() throws {
    let event = CalendarEventID("6f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a33")
    let said = Chat.EventEntry(
      in: event,
      id: 36,
      sender: Self.user,
      email: "ann@x.org",
      name: "Ann",
      text: "hi",
      timestamp: 1_700_000_100.25,
      date: "Nov 14, 2023",
      time: "10:15 PM"
    )
    let fields = try RawJSON(validating: Array(#"{"message":"hi","time":"10:15 PM"}"#.utf8))
    try check(Chat.SetEventRoom(event, members: [Self.user], revision: 3), Empty())
    try check(Chat.EraseEventRoom(event, revision: 4), Empty())
    try check(Chat.PostToEvent(to: event, fields: fields), said)
    try check(Chat.EventHistory(of: event, before: 1_700_000_200.5, limit: 200), Chat.EventPage([said]))
    try check(Chat.ListEventRooms(), Chat.EventRooms([event]))
    try check(Chat.PostedToEvent(said))
    try check(Chat.EventMembersChanged(of: event, entered: [Self.user], left: []))
  }

  @Test(arguments: [
    (#"{}"#, Given<String>.nothing, Given<String>.nothing),
    (#"{"room_gid":null,"msg":""}"#, .nothing, .nothing),
    (#"{"room_gid":5,"msg":{"a":[]}}"#, .unfit, .unfit),
    (#"{"msg":"old","x":[{}],"room_gid":"r","msg":"new"}"#, .value("r"), .value("new")),
  ])
  func `a request keeps what is wrong with its members`(text: String, room: Given<String>, msg: Given<String>) throws {
    let request = try Chat.SendMessage(json: RawJSON(validating: Array(text.utf8)))
    #expect(request == Chat.SendMessage(to: room, text: msg))
    #expect(try Chat.SendMessage(json: request.json()) == request)
  }

  @Test(arguments: [
    ("7", Given<Int>.value(7)), (#""7""#, .value(7)), (#""""#, .unfit), (#""+7""#, .unfit), (#""-7""#, .unfit),
    ("-7", .unfit), ("7.0", .unfit), (#"" 7""#, .unfit), (#""99999999999999999999""#, .unfit), ("true", .unfit),
    ("null", .nothing), (#""९""#, .unfit),
  ])
  func `a count is digits, as number or text`(text: String, count: Given<Int>) throws {
    let json = try RawJSON(validating: Array(#"{"limit":\#(text)}"#.utf8))
    #expect(try Chat.History(json: json).limit == count)
  }

  @Test(arguments: [("true", Given<Bool>.value(true)), ("false", .value(false)), ("1", .unfit), ("null", .nothing)])
  func `a flag is true or false`(text: String, flag: Given<Bool>) throws {
    let json = try RawJSON(validating: Array(#"{"locked":\#(text)}"#.utf8))
    #expect(try Chat.LockRoom(json: json).locked == flag)
  }

  @Test func `a missing member is told before an unfit one would be`() throws {
    #expect(throws: Failure.missing("msg")) { try Given<String>.nothing.required("msg") }
    #expect(throws: Failure.invalid("msg")) { try Given<String>.unfit.required("msg") }
    #expect(throws: Never.self) { try Given<String>.unfit.mustBeThere("msg") }
    #expect(try Given.value(3).required("limit") == 3)
  }

  @Test(arguments: ["[]", "7", "null", #""x""#])
  func `what is no object is no request`(text: String) throws {
    let json = try RawJSON(validating: Array(text.utf8))
    #expect(throws: JSONFault.self) { try Chat.SendMessage(json: json) }
    #expect(throws: JSONFault.self) { try Chat.JoinRoom(json: json) }
    #expect(throws: JSONFault.self) { try Chat.Posted(json: json) }
  }
}
