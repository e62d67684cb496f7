import Glibc
import Kit
import Loop
import Testing

/// Ann, bob and cyd where ann and bob have linked a calendar, and ann's was read once: four entries.
@LoopActor
struct LinkedCalendars {
  let it: CalendarStack
  let google: GoogleCalendarStub

  static func with(_ body: @LoopActor (LinkedCalendars) async throws -> Void) async throws {
    let google = try GoogleCalendarStub()
    defer { google.close() }
    google.changes["s1"] = #"{"items":[],"nextSyncToken":"s1"}"#
    try await CalendarStack.with(settings: google.settings) { it in
      let linked = LinkedCalendars(it: it, google: google)
      try await linked.link(it.ann, "ann")
      try await linked.link(it.bob, "bob")
      #expect(try await linked.sync(it.ann).status == 200)
      #expect(try await linked.imported(by: it.ann) == "4")
      try await body(linked)
    }
  }

  func link(_ member: Member, _ name: String) async throws {
    #expect(try await it.send("POST", "/user", #"{"code":"4/\#(name)"}"#, by: member).status == 200)
    try await linked(member)
  }

  /// Waits until what Google gave for the member is stored.
  func linked(_ member: Member) async throws {
    try await it.stack.become("1", within: .seconds(60)) {
      try await $0.rows("SELECT count(*) FROM auth.google_grant WHERE account = '\(member.id)'")
    }
  }

  func sync(_ member: Member) async throws -> HTTPReply {
    try await it.send("POST", "/user/\(member.id)/import", "{}", by: member)
  }

  func imported(by member: Member) async throws -> String {
    try await it.stack.rows("SELECT count(*) FROM calendar.imported WHERE owner = '\(member.id)'").first ?? ""
  }

  /// All that people do on a day; its end leaves an event for the calendars of ann and bob, whose id is given.
  func day() async throws -> String {
    let lunch = try await it.lunch()
    try await it.everybodyVotes(on: lunch)
    for (path, member) in [
      ("/events/\(lunch)/preferred", it.ann), ("/user/\(it.bob.id)/invites", it.bob),
      ("/user/\(it.ann.id)/admin", it.ann), ("/user/\(it.cyd.id)/events", it.cyd), ("/user?q=x.org", it.bob),
      ("/user/\(it.ann.id)/schedule", it.ann), ("/events/\(lunch)", it.cyd),
    ] {
      #expect(try await it.get(path, by: member).status == 200, "\(path)")
    }
    #expect(try await it.activate(lunch, by: it.ann).status == 200)
    #expect(try await it.get("/user/\(it.ann.id)/events", by: it.ann).status == 200)
    #expect(try await it.send("POST", "/user", "{}", by: it.bob).status == 200)
    return lunch
  }

  /// What has changed behind `s1`: one entry is gone.
  static let news = #"{"items":[{"id":"allday","status":"cancelled"}],"nextSyncToken":"s2"}"#

  /// Gives the provider its health back and news for ann, lets everything be tried again, and waits until nothing is owed.
  func recover(_ lunch: String, _ comment: Comment? = nil) async throws {
    google.fault = nil
    google.changes["s1"] = LinkedCalendars.news
    google.changes["s2"] = #"{"items":[],"nextSyncToken":"s2"}"#
    try await it.moveClock(by: 1300)
    try await settled()
    #expect(google.held[lunch] != nil, comment)
  }

  func settled() async throws {
    try await it.stack.become("0|0", within: .seconds(60)) {
      try await $0.rows("SELECT (SELECT count(*) FROM calendar.export), (SELECT count(*) FROM calendar.import)")
    }
  }

  /// Puts the access that Google gave behind the daemons, so that the next use asks for new.
  func outliveAccess() async throws { try await it.moveClock(by: 3601) }

  func asksForAccess(_ request: String) -> Bool { request.hasPrefix("POST /token") }
  func asksCalendar(_ request: String) -> Bool { request.contains(" /calendar/") }
}
