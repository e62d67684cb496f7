import JSON
import Kit
import Loop
import Testing

/// Linked calendars against a stand-in for Google.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisImportTests {
  private func with(
    as signIn: SignIn = .suite,
    _ body: @LoopActor (CalendarStack, GoogleCalendarStub) async throws -> Void
  ) async throws {
    let google = try GoogleCalendarStub()
    defer { google.close() }
    try await CalendarStack.with(as: signIn, settings: google.settings) { it in
      let linked = try await it.send("POST", "/user", #"{"code":"4/one-time"}"#, by: it.ann)
      #expect(linked.status == 200)
      #expect(!linked.text.contains("access"))
      try await body(it, google)
    }
  }

  private func sync(_ it: CalendarStack) async throws -> HTTPReply {
    try await it.send("POST", "/user/\(it.ann.id)/import", "{}", by: it.ann)
  }

  /// Whether ann, who likes whatever is free, and bob could meet in these hours.
  private func canMeet(_ it: CalendarStack, _ lunch: String, _ day: String, _ from: Int, _ to: Int) async throws -> Bool
  {
    let body = #"{"timeslots":[{"startTime":"\#(day) \#(from):00","endTime":"\#(day) \#(to):00"}]}"#
    #expect(try await it.send("PUT", "/user/bob@x.org/events/\(lunch)", body, by: it.bob).status == 200)
    let found = try await it.get("/events/\(lunch)/preferred", by: it.ann).value("timeslots")?.array ?? []
    return found.contains { $0.member("startTime")?.string == "\(day) \(from):00" }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 19: an import makes no doubles, and only the right hours busy`(signIn: SignIn) async throws {
    try await with(as: signIn) { it, google in
      google.changes["s1"] = #"{"items":[],"nextSyncToken":"s1"}"#
      for _ in 0..<2 {
        let reply = try await sync(it)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(
          try await it.stack.rows("SELECT string_agg(uid, ' ' ORDER BY uid) FROM calendar.imported")
            == ["allday clear declined weekly"]
        )
      }
      #expect(google.lists.contains { $0.contains("syncToken=s1") })
      let listed = try await it.get("/user/\(it.ann.id)/events", by: it.ann).value("events")?.array ?? []
      #expect(listed.count == 4)
      #expect(listed.allSatisfy { $0.member("googleEvent")?.bool == true && $0.member("summary")?.string != nil })
      let lunch = try await it.lunch(deadline: "2030-3-20", invitees: #"["bob@x.org"]"#)
      #expect(try await canMeet(it, lunch, "2030-03-06", 0, 1) == false)
      #expect(try await canMeet(it, lunch, "2030-03-07", 10, 11))
      #expect(try await canMeet(it, lunch, "2030-03-08", 10, 11))
      // The second Monday is left out; on the third, clocks have jumped and the hour has not.
      #expect(try await canMeet(it, lunch, "2030-03-11", 14, 15))
      #expect(try await canMeet(it, lunch, "2030-03-18", 14, 15) == false)
      #expect(try await canMeet(it, lunch, "2030-03-18", 15, 16))
      // A change, then a token too old: everything is read again, and what is gone is gone.
      google.changes["s1"] = #"{"items":[{"id":"allday","status":"cancelled"}],"nextSyncToken":"s9"}"#
      #expect(try await sync(it).status == 200)
      #expect(try await it.stack.rows("SELECT count(*) FROM calendar.imported") == ["3"])
      #expect(try await sync(it).status == 200)
      #expect(try await it.stack.rows("SELECT count(*) FROM calendar.imported") == ["4"])
    }
  }

  @Test func `an event goes into linked calendars and does not come back as a twin`() async throws {
    try await with { it, google in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      google.isBroken = true
      let began = ContinuousClock.now
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(ContinuousClock.now - began < .seconds(1))
      #expect(try await sync(it).status == 503)
      google.isBroken = false
      try await done(it)
      #expect(google.writes.last == "POST \(lunch)")
      let body = try JSONValue(parsing: Array(try #require(google.held[lunch]).utf8))
      #expect(body.member("start")?.member("dateTime")?.string == "2030-03-05T11:00:00-08:00")
      #expect(body.member("attendees")?.array?.map { $0.member("email")?.string } == ["bob@x.org", "cyd@x.org"])
      #expect(try await sync(it).status == 200)
      let twin =
        #"{"id":"\#(lunch)","status":"confirmed","summary":"Lunch","start":{"dateTime":"2030-03-05T11:00:00-08:00"},"#
      google.changes["s1"] =
        #"{"nextSyncToken":"s1","items":[\#(twin)"end":{"dateTime":"2030-03-05T12:00:00-08:00"}}]}"#
      #expect(try await sync(it).value("imported")?.number?.int == 0)
      #expect(try await it.stack.rows("SELECT count(*) FROM calendar.imported WHERE uid = '\(lunch)'") == ["0"])
    }
  }

  /// Waits until nothing is left to be told to calendars; the queue asks again within seconds by the daemon's clock.
  private func done(_ it: CalendarStack) async throws {
    try await it.moveClock(by: 60)
    try await it.stack.become("0", within: .seconds(20)) { try await $0.rows("SELECT count(*) FROM calendar.export") }
  }

  @Test func `what becomes of an event later becomes of it in linked calendars`() async throws {
    try await with { it, google in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      try await done(it)
      let change = #"{"name":"Dinner","startTime":"2030-03-06 18:00"}"#
      #expect(try await it.send("PUT", "/events/\(lunch)", change, by: it.ann).status == 200)
      #expect(try await it.send("DELETE", "/events/\(lunch)/people/cyd@x.org", by: it.ann).status == 200)
      try await done(it)
      let body = try JSONValue(parsing: Array(try #require(google.held[lunch]).utf8))
      #expect(body.member("summary")?.string == "Dinner")
      #expect(body.member("start")?.member("dateTime")?.string == "2030-03-06T18:00:00-08:00")
      #expect(body.member("attendees")?.array?.map { $0.member("email")?.string } == ["bob@x.org"])
      #expect(try await it.send("DELETE", "/events/\(lunch)", by: it.ann).status == 200)
      try await done(it)
      #expect(google.held.isEmpty)
      #expect(google.writes.last == "DELETE \(lunch)")
      #expect(try await it.stack.rows("SELECT count(*) FROM calendar.exported") == ["0"])
    }
  }

  @Test func `an answer that is lost makes no twin, and what its owner removed stays away`() async throws {
    try await with { it, google in
      let lunch = try await it.lunch()
      google.losesAnswers = true
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      try await it.stack.become("f", within: .seconds(20)) { try await $0.rows("SELECT known FROM calendar.exported") }
      let deadline = ContinuousClock.now + .seconds(10)
      while google.held.isEmpty, ContinuousClock.now < deadline { try await pause(for: .milliseconds(10)) }
      google.losesAnswers = false
      try await done(it)
      #expect(google.writes == ["POST \(lunch)", "PATCH \(lunch)"])
      google.remove(lunch)
      #expect(try await it.send("PUT", "/events/\(lunch)", #"{"name":"Dinner"}"#, by: it.ann).status == 200)
      try await done(it)
      #expect(google.held.isEmpty)
      #expect(google.writes.last == "PATCH \(lunch)")
      // Already gone is as good as taken out.
      #expect(try await it.send("DELETE", "/events/\(lunch)", by: it.ann).status == 200)
      try await done(it)
      #expect(google.writes.last == "DELETE \(lunch)")
      #expect(try await it.stack.rows("SELECT count(*) FROM calendar.exported") == ["0"])
    }
  }

  @Test func `without a linked calendar an import is refused and nothing else suffers`() async throws {
    try await with { it, _ in
      let reply = try await it.send("POST", "/user/\(it.bob.id)/import", "{}", by: it.bob)
      #expect(reply.status == 409)
      #expect(try reply.value("error")?.string == "no calendar is linked")
    }
    try await CalendarStack.with { it in
      let unlinked = try await sync(it)
      #expect(unlinked.status == 409)
      #expect(try await it.get("/user/\(it.ann.id)/schedule", by: it.ann).status == 200)
    }
  }
}
