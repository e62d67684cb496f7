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

  /// Says something as soon as the room is there, which is a moment after the activation.
  private func open(_ event: String, _ it: CalendarStack) async throws -> HTTPReply {
    let deadline = ContinuousClock.now + .seconds(10)
    while true {
      let reply = try await say("one", in: event, by: it.ann, it)
      if reply.status != 503 || ContinuousClock.now > deadline { return reply }
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 15: messages come in ascending order, before a moment, for members alone`(signIn: SignIn) async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway], as: signIn) { it in
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      #expect(try await say("early", in: lunch, by: it.ann, it).status == 409)
      #expect(try await it.get("/events/\(lunch)/messages", by: it.ann).text == "[]")
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 200)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      let first = try await open(lunch, it)
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
      #expect(try await it.get("/events/\(lunch)/messages?before=x", by: it.ann).status == 400)
      #expect(try await it.get("/events/\(String(repeating: "0", count: 32))/messages", by: it.ann).status == 404)
    }
  }

  @Test func `who is added to an event may speak, who was sent away may not`() async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway]) { it in
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await open(lunch, it).status == 200)
      let added = try await it.send("POST", "/events/\(lunch)/people", #"{"people":["cyd@x.org"]}"#, by: it.ann)
      #expect(try added.value("attendees")?.texts == ["cyd@x.org"])
      func becomes(_ status: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while try await it.get("/events/\(lunch)/messages", by: it.cyd).status != status {
          try #require(ContinuousClock.now < deadline, "not \(status)")
        }
      }
      try await becomes(200)
      #expect(try await it.send("DELETE", "/events/\(lunch)/people/cyd@x.org", by: it.ann).status == 200)
      try await becomes(403)
    }
  }
}
