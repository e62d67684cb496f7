import JSON
import Kit
import Loop
import Testing

/// The acceptance scenarios of jarvis.md 5 that lead from a proposal to an event.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisPollTests {
  @Test(arguments: SignIn.allCases)
  func `jarvis 6: a proposal reaches each invitee once`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let body =
        #"{"name":"Lunch","deadline":"2030-3-8","length":"1:0","invitees":["bob@x.org","CYD@x.org","bob@x.org"]}"#
      let reply = try await it.send("POST", "/user/ann@x.org/events/", body, by: it.ann)
      #expect(reply.status == 200)
      #expect(try reply.value("id")?.string?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
      #expect(try reply.value("invitees")?.texts == ["bob@x.org", "cyd@x.org"])
      #expect(try reply.value("status")?.string == "success")
      #expect(try reply.value("creatorEmail")?.string == "ann@x.org")
      #expect(try reply.value("deadline")?.string == "2030-03-08")
      #expect(try reply.value("length")?.string == "1:0")
      #expect(try await it.waitingPushes() == ["invite \(it.bob.id)", "invite \(it.cyd.id)"])
      // A stranger to the suite is asked too, and nobody is pushed for them.
      _ = try await it.lunch(invitees: #"["dan@y.org"]"#)
      #expect(try await it.waitingPushes().count == 2)
      #expect(try await it.send("POST", "/user/ann@x.org/events", body, by: it.bob).status == 403)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 6: a bad proposal is told which field is wrong`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let good = [
        "name": #""Lunch""#, "deadline": #""2030-3-8""#, "length": #""1:0""#, "invitees": #"["bob@x.org"]"#,
      ]
      let wrong = [
        ("name", [#""""#, "null", "7", #""\u0000""#]),
        ("deadline", [#""2030-3-3""#, #""2030-2-30""#, #""tomorrow""#, "5", #""2040-1-1""#]),
        ("length", [#""0:00""#, #""25:00""#, #""1:60""#, "60", #""1""#]),
        ("invitees", ["[]", #"["ann@x.org"]"#, #"["nobody"]"#, "[7]", #""bob@x.org""#]),
        ("timezone", [#""Mars/Olympus""#, #""../UTC""#, "7"]),
        ("quorum", ["-1", "101", #""x""#, "1.5"]),
      ]
      for (field, values) in wrong {
        for value in values {
          let members = good.merging([field: value]) { $1 }.map { #""\#($0)":\#($1)"# }
          let body = "{\(members.joined(separator: ","))}"
          let reply = try await it.send("POST", "/user/ann@x.org/events", body, by: it.ann)
          #expect(reply.status == 400, "\(body)")
          #expect(try reply.value("error")?.string?.contains(field) == true, "\(body): \(reply.text)")
        }
      }
      for body in ["", "[]", "nonsense", "{}"] {
        #expect(try await it.send("POST", "/user/ann@x.org/events", body, by: it.ann).status == 400, "\(body)")
      }
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 7: an invitation is there until it is answered, and the last answer counts`(signIn: SignIn) async throws
  {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch()
      func invites(_ member: Member) async throws -> [String] {
        let reply = try await it.get("/user/\(member.id)/invites", by: member)
        return try reply.value("events")?.array?.compactMap { $0.member("id")?.string } ?? ["no array"]
      }
      #expect(try await invites(it.bob) == [lunch])
      // The creator enters times in the app through the own invitation.
      #expect(try await invites(it.ann) == [lunch])
      let answer = try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12)
      #expect(answer.status == 200)
      #expect(answer.text == #"{"status":"success"}"#)
      #expect(try await invites(it.bob).isEmpty)
      for query in ["declined=false", "declined=0", "declined=no", ""] {
        #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 13, to: 15, query: query).status == 200)
      }
      let responses = try #require(try await it.get("/events/\(lunch)", by: it.ann).value("responses")?.array)
      #expect(responses.count == 1)
      #expect(responses[0].member("email")?.string == "bob@x.org")
      #expect(responses[0].member("declined")?.bool == false)
      let slots = responses[0].member("timeslots")?.array ?? []
      #expect(slots.map { $0.member("startTime")?.string } == ["2030-03-05 13:00"])
      // Under two names one yes is enough.
      for query in ["declined=false&decline=true", "declined=true&decline=false"] {
        #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 13, to: 15).status == 200)
        #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 13, to: 15, query: query).status == 200)
        let answers = try #require(try await it.get("/events/\(lunch)", by: it.ann).value("responses")?.array)
        #expect(answers.map { $0.member("declined")?.bool } == [true], "\(query)")
      }
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 8: outsiders and impossible times are refused`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch()
      let dan = try await it.member("dan@y.org")
      let outsider = try await it.vote(dan, "dan@y.org", on: lunch, from: 10, to: 12)
      #expect(outsider.status == 403)
      #expect(try outsider.value("error")?.string?.contains("not invited") == true)
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 12, to: 10).status == 400)
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 12, to: 12).status == 400)
      #expect(
        try await it.vote(it.bob, "bob@x.org", on: String(repeating: "0", count: 32), from: 1, to: 2).status == 404
      )
      #expect(try await it.vote(it.bob, "bob@x.org", on: "nonsense", from: 1, to: 2).status == 404)
      let late = #"{"timeslots":[{"startTime":"2030-03-09 10:00","endTime":"2030-03-09 12:00"}]}"#
      #expect(try await it.send("PUT", "/user/bob@x.org/events/\(lunch)", late, by: it.bob).status == 400)
      for slots in ["7", "[7]", #"[{"startTime":"x","endTime":"y"}]"#, #"[{"startTime":1e400,"endTime":1}]"#, "[{}]"] {
        let body = #"{"timeslots":\#(slots)}"#
        #expect(try await it.send("PUT", "/user/bob@x.org/events/\(lunch)", body, by: it.bob).status == 400, "\(slots)")
      }
    }
  }

  @Test func `times are read in every form that clients have`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch()
      let noon = CalendarStack.monday + 27 * 3600
      let forms = [
        (#""2030-3-5 12:00""#, #""2030-03-05 13:00""#), (#""03-05, 2030 12:00""#, #""2030-3-5 13:0""#),
        (#""2030-03-05T12:00:00-08:00""#, #""2030-03-05T21:00Z""#), ("\(noon)", #""\#(noon + 3600)""#),
        (#""2030-03-05T12:00:00-0800""#, #""2030-03-05 13:00:00-08:00""#),
        (#""2030-03-05 21:00:00+01""#, #""2030-03-05T22:00:00+01""#),
      ]
      for (start, end) in forms {
        let body = #"{"timeslots":[{"startTime":\#(start),"endTime":\#(end)}]}"#
        let reply = try await it.send("PUT", "/user/bob@x.org/events/\(lunch)", body, by: it.bob)
        #expect(reply.status == 200, "\(body): \(reply.text)")
        let poll = try await it.get("/events/\(lunch)", by: it.bob)
        let slot = try poll.value("responses")?.array?.first?.member("timeslots")?.array?.first
        #expect(slot?.member("start")?.number?.int == noon, "\(body)")
        #expect(slot?.member("end")?.number?.int == noon + 3600, "\(body)")
      }
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 9: the best hour comes first, for the creator alone`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      let first = try await it.get("/events/\(lunch)/preferred", by: it.ann)
      #expect(first.status == 200)
      let windows = try #require(try first.value("timeslots")?.array)
      #expect(windows.prefix(2).map { $0.member("startTime")?.string } == ["2030-03-05 11:00", "2030-03-05 10:00"])
      #expect(windows.prefix(2).map { $0.member("endTime")?.string } == ["2030-03-05 12:00", "2030-03-05 11:00"])
      #expect(windows.prefix(2).map { $0.member("weight")?.number?.double } == [1, 0.75])
      #expect(windows[1].member("preferred")?.texts == ["ann@x.org", "bob@x.org"])
      #expect(windows[1].member("free")?.texts?.count == 3)
      #expect(windows[1].member("busy")?.texts == [])
      #expect(try await it.get("/events/\(lunch)/preferred", by: it.ann).text == first.text)
      #expect(try await it.get("/events/\(lunch)/preferred", by: it.bob).status == 403)
      #expect(try await it.get("/events/\(lunch)/preferred", by: nil).status == 401)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 10: who declines does not count`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      let declining = try await it.send("POST", "/user/cyd@x.org/events/\(lunch)?decline=true", "{}", by: it.cyd)
      #expect(declining.text == #"{"status":"success"}"#)
      let reply = try await it.get("/events/\(lunch)/preferred", by: it.ann)
      let best = try #require(try reply.value("timeslots")?.array?.first)
      #expect(best.member("startTime")?.string == "2030-03-05 10:00")
      #expect(best.member("endTime")?.string == "2030-03-05 12:00")
      #expect(best.member("weight")?.number?.double == 1)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 18: a poll past its deadline day takes nothing more`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch(deadline: "2030-03-04")
      try await it.moveClock(by: 86_400)
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 409)
      #expect(try await it.activate(lunch, by: it.ann, at: "2030-03-06 11:00").status == 409)
      #expect(try await it.get("/events/\(lunch)/preferred", by: it.ann).status == 409)
      let listed = try await it.get("/user/bob@x.org/events", by: it.bob)
      #expect(try listed.value("response")?.array?.map { $0.member("status")?.string } == ["passed"])
      #expect(try await it.get("/events/\(lunch)", by: it.bob).value("status_text")?.string == "passed")
      #expect(try await it.get("/user/bob@x.org/invites", by: it.bob).text == #"{"events":[]}"#)
    }
  }
}
