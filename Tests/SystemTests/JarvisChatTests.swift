import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of jarvis.md 5 about what an event's members say, over HTTP.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisChatTests {
  private func say(_ text: String, in event: String, by member: Member, _ it: CalendarStack) async throws -> HTTPReply {
    try await it.send("POST", "/events/\(event)/messages", #"{"message":"\#(text)"}"#, by: member)
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 15: messages come in ascending order, before a moment, for members alone`(signIn: SignIn) async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway], as: signIn) { it in
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      #expect(try await say("early", in: lunch, by: it.ann, it).status == 409)
      #expect(try await it.get("/events/\(lunch)/messages", by: it.ann).text == "[]")
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 200)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      let first = try await say("one", in: lunch, by: it.ann, it)
      #expect(first.status == 200, "\(first.text)")
      #expect(try first.value("sender")?.string == "ann@x.org")
      #expect(try first.value("event")?.string == lunch)
      for text in ["two", "three"] {
        try await it.moveClock(by: 1)
        #expect(try await say(text, in: lunch, by: it.bob, it).status == 200)
      }
      let all = try #require(try await it.get("/events/\(lunch)/messages/", by: it.bob).json().array)
      #expect(all.map { $0.member("message")?.string } == ["one", "two", "three"])
      #expect(all.map { $0.member("sender")?.string } == ["ann@x.org", "bob@x.org", "bob@x.org"])
      let last = try #require(all[2].member("timestamp")?.number?.double)
      let two = try #require(try await it.get("/events/\(lunch)/messages?before=\(last)", by: it.ann).json().array)
      #expect(two.map { $0.member("message")?.string } == ["one", "two"])
      #expect(try await it.get("/events/\(lunch)/messages", by: it.cyd).status == 403)
      #expect(try await say("hi", in: lunch, by: it.cyd, it).status == 403)
      #expect(try await say("", in: lunch, by: it.ann, it).status == 400)
      for before in ["x", "nan", "inf", "-infinity"] {
        #expect(try await it.get("/events/\(lunch)/messages?before=\(before)", by: it.ann).status == 400)
      }
      #expect(try await it.get("/events/\(String(repeating: "0", count: 32))/messages", by: it.ann).status == 404)
    }
  }

  @Test func `who is added to an event may speak, who was sent away may not`() async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway]) { it in
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await say("one", in: lunch, by: it.ann, it).status == 200)
      let added = try await it.send("POST", "/events/\(lunch)/people", #"{"people":["cyd@x.org"]}"#, by: it.ann)
      #expect(try added.value("attendees")?.texts == ["cyd@x.org"])
      #expect(try await it.get("/events/\(lunch)/messages", by: it.cyd).status == 200)
      #expect(try await say("hi", in: lunch, by: it.cyd, it).status == 200)
      #expect(try await it.send("DELETE", "/events/\(lunch)/people/cyd@x.org", by: it.ann).status == 200)
      #expect(try await it.get("/events/\(lunch)/messages", by: it.cyd).status == 403)
      #expect(try await say("still there", in: lunch, by: it.cyd, it).status == 403)
    }
  }

  /// The outbox would tell chat some milliseconds late.
  @Test func `who is out of an event is out of its chat by the time that is answered`() async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway]) { it in
      for hour in 1...10 {
        let event = try await it.lunch(invitees: #"["bob@x.org","cyd@x.org"]"#)
        for (member, email) in [(it.bob, "bob@x.org"), (it.cyd, "cyd@x.org")] {
          #expect(try await it.vote(member, email, on: event, from: 10, to: 12).status == 200)
        }
        #expect(try await it.activate(event, by: it.ann, at: "2030-03-05 \(hour):00").status == 200)
        #expect(try await say("hi", in: event, by: it.bob, it).status == 200)
        #expect(try await it.send("DELETE", "/events/\(event)/people/bob@x.org", by: it.ann).status == 200)
        #expect(try await say("bye", in: event, by: it.bob, it).status == 403)
        #expect(try await it.get("/events/\(event)/messages", by: it.bob).status == 403)
        #expect(try await say("hi", in: event, by: it.cyd, it).status == 200)
        #expect(try await it.send("DELETE", "/events/\(event)", by: it.ann).status == 200)
        #expect(try await say("bye", in: event, by: it.cyd, it).status == 403)
        #expect(try await it.get("/events/\(event)/messages", by: it.ann).status == 403)
      }
    }
  }

  @Test func `who is sent away while chat is away is out once it is back`() async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway]) { it in
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 200)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await say("hi", in: lunch, by: it.bob, it).status == 200)
      it.stack.kill(.chat)
      _ = try await it.stack.daemon(.chat).process.ended()
      #expect(try await it.send("DELETE", "/events/\(lunch)/people/bob@x.org", by: it.ann).status == 200)
      try await it.stack.start(.chat)
      try await it.stack.become("0", within: .seconds(30)) {
        try await $0.rows("SELECT count(*) FROM calendar.room_outbox")
      }
      #expect(try await say("bye", in: lunch, by: it.bob, it).status == 403)
    }
  }

  /// The room of an event follows the event by a moment, which nobody should see.
  @Test func `whoever comes may speak as soon as the event is real`() async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway]) { it in
      for hour in 1...10 {
        let event = try await it.lunch(invitees: #"["bob@x.org","cyd@x.org"]"#)
        #expect(try await it.vote(it.bob, "bob@x.org", on: event, from: 10, to: 12).status == 200)
        #expect(try await it.activate(event, by: it.ann, at: "2030-03-05 \(hour):00").status == 200)
        #expect(try await say("hi", in: event, by: it.bob, it).status == 200)
        // Asked, but did not answer: knows of the event and is not in its room.
        #expect(try await say("hi", in: event, by: it.cyd, it).status == 403)
      }
    }
  }

  @Test func `nobody speaks in an event that is off, nor in a poll that never was one`() async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway]) { it in
      let (lunch, poll) = (try await it.lunch(), try await it.lunch())
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await say("hi", in: lunch, by: it.ann, it).status == 200)
      for event in [lunch, poll] { #expect(try await it.send("DELETE", "/events/\(event)", by: it.ann).status == 200) }
      #expect(try await say("hi", in: poll, by: it.ann, it).status == 409)
      #expect(try await say("hi", in: lunch, by: it.ann, it).status == 403)
      #expect(try await it.get("/events/\(lunch)/messages", by: it.ann).status == 403)
    }
  }
}
