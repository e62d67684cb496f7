import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of jarvis.md 5 about real events, positions and own entries.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisEventTests {
  @Test(arguments: SignIn.allCases)
  func `jarvis 11: an activation happens once, with the zone's true offset`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch()
      for (member, email) in [(it.ann, "ann@x.org"), (it.bob, "bob@x.org")] {
        #expect(try await it.vote(member, email, on: lunch, from: 10, to: 12).status == 200)
      }
      // "Comes, no preference" is an answer too.
      #expect(try await it.send("PUT", "/user/cyd@x.org/events/\(lunch)", "{}", by: it.cyd).status == 200)
      #expect(try await it.activate(lunch, by: it.bob).status == 403)
      for start in ["2030-03-04 08:00", "nonsense", "2030-02-30 10:00"] {
        #expect(try await it.activate(lunch, by: it.ann, at: start).status == 400, "\(start)")
      }
      let all = await replies(of: 20) { try await it.activate(lunch, by: it.ann) }
      #expect(all.map { $0?.status ?? 0 }.sorted() == [200] + Array(repeating: 409, count: 19))
      let event = try #require(all.compactMap { $0 }.first { $0.status == 200 })
      #expect(try event.value("id")?.string == lunch)
      #expect(try event.value("creatorEmail")?.string == "ann@x.org")
      #expect(try event.value("summary")?.string == "Lunch")
      #expect(try event.value("status")?.string == "confirmed")
      #expect(try event.value("start", "dateTime")?.string == "2030-03-05T11:00:00-08:00")
      #expect(try event.value("start", "timeZone")?.string == CalendarStack.zone, "\(event.text)")
      #expect(try event.value("end", "dateTime")?.string == "2030-03-05T12:00:00-08:00")
      #expect(try event.value("attendees")?.texts == ["bob@x.org", "cyd@x.org"])
      #expect(try await it.stack.rows("SELECT count(*) FROM calendar.event WHERE state = 'confirmed'") == ["1"])
      let pushes = try await it.waitingPushes().filter { $0.hasPrefix("active") }
      #expect(pushes == ["active \(it.bob.id)", "active \(it.cyd.id)"])
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 409)
      let summer = try await it.activate(try await it.lunch(), by: it.ann, at: "2030-07-05 11:00")
      #expect(try summer.value("start", "dateTime")?.string == "2030-07-05T11:00:00-07:00")
      #expect(try summer.value("attendees")?.texts == [])
    }
  }

  @Test func `an end may shorten a meeting and not lengthen it`() async throws {
    try await CalendarStack.with { it in
      for (end, expected) in [("11:30", "11:30"), ("12:00", "12:00"), ("14:00", "12:00")] {
        let lunch = try await it.lunch()
        let body = #"{"startTime":"2030-03-05 11:00","endTime":"2030-03-05 \#(end)"}"#
        let event = try await it.send("POST", "/events/\(lunch)/activate", body, by: it.ann)
        #expect(try event.value("end", "dateTime")?.string == "2030-03-05T\(expected):00-08:00")
      }
      let body = #"{"startTime":"2030-03-05 11:00","endTime":"2030-03-05 11:00"}"#
      #expect(try await it.send("POST", "/events/\(try await it.lunch())/activate", body, by: it.ann).status == 400)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 12: an activated poll is in the lists as an event`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      let admin = try await it.get("/user/\(it.ann.id)/admin", by: it.ann)
      #expect(try admin.value("events")?.array?.compactMap { $0.member("id")?.string } == [lunch])
      let before = try await it.get("/user/\(it.bob.id)/events", by: it.bob)
      #expect(try before.value("events")?.array?.isEmpty == true)
      #expect(try before.value("response")?.array?.first?.member("status")?.string == "pending")
      #expect(try before.value("response")?.array?.first?.member("start_time")?.isNull == true)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await it.get("/user/\(it.ann.id)/admin", by: it.ann).text == #"{"events":[]}"#)
      for member in [it.bob, it.ann] {
        let listed = try await it.get("/user/\(member.id)/events", by: member)
        let event = try #require(try listed.value("events")?.array?.first)
        #expect(event.member("googleEvent")?.bool == false)
        #expect(event.member("summary")?.string == "Lunch")
        let summary = try #require(try listed.value("response")?.array?.first)
        #expect(summary.member("status")?.string == "active")
        #expect(summary.member("duration")?.number?.int == 3600)
        #expect(summary.member("owner")?.string == "ann@x.org")
        // The creator, who voted too, is none of those who were asked.
        #expect(summary.member("accepted")?.texts == ["bob@x.org", "cyd@x.org"])
        #expect(summary.member("invited")?.texts == ["bob@x.org", "cyd@x.org"])
        #expect(summary.member("start_time")?.number?.int == CalendarStack.monday + 26 * 3600)
        #expect(summary.member("chat_url")?.string == "/events/\(lunch)/messages")
      }
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 5: a position is stored by either name and never outside the globe`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let forms = [
        ("POST", #"{"latitude":"49.26","longitude":"-123.25"}"#), ("PUT", #"{"lat":"49.26","lon":"-123.25"}"#),
        ("PUT", #"{"lat":49.26,"lon":-123.25}"#),
      ]
      for (method, body) in forms {
        let reply = try await it.send(method, "/user/\(it.ann.id)/location", body, by: it.ann)
        #expect(reply.text == #"{"response":"success","status":"success","success":true}"#)
        let placed = try await it.stack.rows("SELECT lat, lon FROM calendar.person WHERE email = 'ann@x.org'")
        #expect(placed == ["49.26|-123.25"])
      }
      let wrong = [
        #"{"latitude":"91","longitude":"0"}"#, #"{"lat":"0","lon":"180.1"}"#, #"{"lat":"nan","lon":"0"}"#,
        #"{"lat":"0x10","lon":"0"}"#, #"{"lat":true,"lon":"0"}"#, #"{"lat":"1"}"#, "{}", #"{"lat":1e999,"lon":0}"#,
      ]
      for body in wrong {
        #expect(try await it.send("PUT", "/user/\(it.ann.id)/location", body, by: it.ann).status == 400, "\(body)")
      }
      let foreign = try await it.send("PUT", "/user/\(it.ann.id)/location", forms[1].1, by: it.bob)
      #expect(foreign.status == 403)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 13: positions are seen by members, from an hour before to the end`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      func locations(_ member: Member) async throws -> HTTPReply {
        try await it.get("/events/\(lunch)/locations", by: member)
      }
      let place = #"{"lat":"49.26","lon":"-123.25"}"#
      // 09:58 on the day.
      try await it.moveClock(by: 24 * 3600 + 58 * 60)
      let dan = try await it.member("dan@y.org")
      let early = try await locations(it.bob)
      #expect(early.status == 409)
      #expect(try early.value("error")?.string == "event time not close")
      #expect(try await it.send("POST", "/events/\(lunch)/location", place, by: it.bob).status == 409)
      for (member, id) in [(it.ann, it.ann.id), (it.bob, it.bob.id)] {
        #expect(try await it.send("PUT", "/user/\(id)/location", place, by: member).status == 200)
      }
      try await it.moveClock(by: 120)
      let seen = try #require(try await locations(it.bob).value("locations")?.array)
      #expect(seen.map { $0.member("user")?.string } == ["ann@x.org"])
      #expect(seen[0].member("lat")?.string == "49.26")
      #expect(seen[0].member("lon")?.string == "-123.25")
      #expect(try await locations(it.cyd).value("locations")?.array?.count == 2)
      #expect(try await locations(dan).status == 403)
      // A quarter of an hour later what was known is too old.
      try await it.moveClock(by: 16 * 60)
      #expect(try await locations(it.bob).text == #"{"locations":[]}"#)
      #expect(try await it.send("POST", "/events/\(lunch)/location", place, by: it.cyd).status == 200)
      #expect(try await locations(it.bob).value("locations")?.array?.count == 1)
      try await it.moveClock(by: 2 * 3600)
      #expect(try await locations(it.bob).status == 409)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 16: a class repeats on its weekdays and hours, busy or preferred`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
      // 20 March 23:59 local.
      let until = CalendarStack.monday + 16 * 86_400 + 15 * 3600 - 3600 - 60
      let body =
        #"{"start_time":"9:00","end_time":"10:00","repeat_days":[1,3],"repeat_until":\#(until),"name":"Class","#
        + #""single_event":false,"owner":"ann@x.org","google":false}"#
      let made = try await it.send("POST", "/user/\(it.ann.id)/events", body, by: it.ann)
      #expect(made.status == 200)
      let id = try #require(try made.value("id")?.string)
      #expect(try made.value("response", "id")?.string == id)
      let from = CalendarStack.monday - 9 * 3600
      let schedule = try await it.get("/user/ann@x.org/schedule?from=\(from)&to=\(from + 20 * 86_400)", by: it.ann)
      let starts = try #require(try schedule.value("response", "schedule")?.array)
        .compactMap { $0.member("start_time")?.number?.int }
      // Daylight saving begins on Sunday 10 March: the hour on the wall stays, the distance in hours does not.
      let days = [0, 2, 7, 9, 14, 16]
      #expect(starts == days.map { CalendarStack.monday + $0 * 86_400 - ($0 > 6 ? 3600 : 0) })
      let lunch = try await it.lunch(deadline: "2030-3-20", invitees: #"["bob@x.org"]"#)
      func windows() async throws -> [JSONValue] {
        try await it.get("/events/\(lunch)/preferred?limit=50", by: it.ann).value("timeslots")?.array ?? []
      }
      let slot = #"{"timeslots":[{"startTime":"2030-03-11 08:00","endTime":"2030-03-11 11:00"}]}"#
      #expect(try await it.send("PUT", "/user/bob@x.org/events/\(lunch)", slot, by: it.bob).status == 200)
      // Ann has not answered, so she likes all that is free; on the 11th that is not the hour of her class.
      let busy = try await windows()
      #expect(busy.prefix(2).map { $0.member("startTime")?.string } == ["2030-03-11 08:00", "2030-03-11 10:00"])
      #expect(try await it.send("DELETE", "/events/\(id)", by: it.ann).text == #"{"response":"success"}"#)
      let free = body.replacing(#""Class","#, with: #""Class","weight":3,"#)
      #expect(try await it.send("POST", "/user/\(it.ann.id)/events", free, by: it.ann).status == 200)
      let preferred = try await windows()
      #expect(preferred.first?.member("startTime")?.string == "2030-03-11 09:00")
      #expect(preferred.first?.member("endTime")?.string == "2030-03-11 10:00")
      #expect(preferred.first?.member("preferred")?.texts == ["ann@x.org", "bob@x.org"])
    }
  }

  @Test func `an own schedule is for oneself, another's name is for all`() async throws {
    try await CalendarStack.with { it in
      let entry =
        #"{"start_time":\#(CalendarStack.monday + 3600),"end_time":\#(CalendarStack.monday + 7200),"name":"Gym"}"#
      #expect(try await it.send("POST", "/user/\(it.bob.id)/events", entry, by: it.bob).status == 200)
      let own = try await it.get("/user/\(it.bob.id)", by: it.bob)
      #expect(try own.value("response", "id")?.string == it.bob.id)
      let entries = try #require(try own.value("response", "schedule")?.array)
      #expect(entries.map { $0.member("name")?.string } == ["Gym"])
      #expect(entries[0].member("google")?.bool == false)
      let other = try await it.get("/user/bob@x.org", by: it.ann)
      #expect(try other.value("response", "id")?.string == it.bob.id)
      #expect(try other.value("response", "schedule") == nil)
      #expect(try await it.get("/user/bob@x.org/schedule", by: it.ann).status == 403)
      #expect(try await it.get("/user/bob@x.org/schedule?from=0&to=99999999", by: it.bob).status == 400)
      #expect(try await it.get("/user/bob@x.org/schedule?from=x", by: it.bob).status == 400)
    }
  }

  @Test func `a creator changes texts and people, and cancels`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      let path = "/events/\(lunch)"
      #expect(try await it.get(path, by: it.cyd).status == 403)
      #expect(try await it.send("POST", "\(path)/people", #"{"people":["cyd@x.org"]}"#, by: it.bob).status == 403)
      let added = try await it.send("POST", "\(path)/people", #"{"people":["Cyd@x.org","bob@x.org"]}"#, by: it.ann)
      #expect(try added.value("invitees")?.texts == ["bob@x.org", "cyd@x.org"])
      #expect(try await it.waitingPushes() == ["invite \(it.bob.id)", "invite \(it.cyd.id)"])
      let edited = try await it.send("PUT", path, #"{"name":"Dinner","location":"Pier 9"}"#, by: it.ann)
      #expect(try edited.value("name")?.string == "Dinner")
      #expect(try await it.send("PUT", path, #"{"name":"x"}"#, by: it.bob).status == 403)
      #expect(try await it.send("PUT", path, #"{"name":" "}"#, by: it.ann).status == 400)
      // Anybody may go; nobody may send another away but the creator, who stays.
      #expect(try await it.send("DELETE", "\(path)/people/cyd@x.org", by: it.bob).status == 403)
      #expect(try await it.send("DELETE", "\(path)/people/cyd@x.org", by: it.cyd).status == 200)
      #expect(try await it.send("DELETE", "\(path)/people/cyd@x.org", by: it.ann).status == 404)
      #expect(try await it.send("DELETE", "\(path)/people/ann@x.org", by: it.ann).status == 400)
      #expect(try await it.get(path, by: it.cyd).status == 403)
      #expect(try await it.send("DELETE", path, by: it.bob).status == 403)
      #expect(try await it.send("DELETE", path, by: it.ann).text == #"{"response":"success"}"#)
      #expect(try await it.send("DELETE", path, by: it.ann).status == 409)
      #expect(try await it.get(path, by: it.bob).value("status_text")?.string == "cancelled")
      #expect(try await it.waitingPushes().last == "cancelled \(it.bob.id)")
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 409)
    }
  }

  @Test func `that a poll is off is no news for who declined`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch()
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12, query: "declined=true").status == 200)
      #expect(try await it.send("DELETE", "/events/\(lunch)", by: it.ann).status == 200)
      #expect(try await it.waitingPushes().filter { $0.hasPrefix("cancelled") } == ["cancelled \(it.cyd.id)"])
    }
  }

  @Test func `a creator takes along who never answered, and who declined`() async throws {
    try await CalendarStack.with([.auth, .calendar, .chat, .gateway]) { it in
      let lunch = try await it.lunch()
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12, query: "declined=true").status == 200)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      let before = try await it.waitingPushes().count
      let body = #"{"people":["cyd@x.org","bob@x.org","CYD@x.org","ann@x.org"]}"#
      let added = try await it.send("POST", "/events/\(lunch)/people", body, by: it.ann)
      #expect(try added.value("attendees")?.texts == ["bob@x.org", "cyd@x.org"])
      #expect(try await it.waitingPushes().dropFirst(before) == ["invite \(it.bob.id)", "invite \(it.cyd.id)"])
      for member in [it.bob, it.cyd] {
        #expect(try await it.get("/events/\(lunch)/messages", by: member).status == 200)
        let listed = try await it.get("/user/\(member.id)/events", by: member)
        #expect(try listed.value("events")?.array?.compactMap { $0.member("id")?.string } == [lunch])
      }
      // Who comes already is told nothing twice.
      #expect(try await it.send("POST", "/events/\(lunch)/people", body, by: it.ann).status == 200)
      #expect(try await it.waitingPushes().count == before + 2)
    }
  }

  @Test func `of two polls that want one hour only one can hold it`() async throws {
    try await CalendarStack.with { it in
      var polls: [String] = []
      for _ in 0..<20 { polls.append(try await it.lunch()) }
      let hold = #"{"startTime":"2030-03-05 11:00"}"#
      let waiting = polls
      let tries = (0..<1000).map { number in
        onLoop { () -> Int? in
          let path = "/events/\(waiting[number % 20])/hold"
          let headers = it.ann.bearer + [("Content-Type", "application/json")]
          let body = Array(hold.utf8)
          // Of a thousand at once the last may be told to come again.
          let deadline = ContinuousClock.now + .seconds(60)
          while true {
            let reply = try? await it.client.send("POST", path, headers: headers, body: body, within: .seconds(60))
            guard reply?.status == 503, ContinuousClock.now < deadline else { return reply?.status }
          }
        }
      }
      var holders: Set<Int> = []
      for (number, attempt) in tries.enumerated() {
        let status = await attempt.value
        #expect(status == 200 || status == 409)
        if status == 200 { holders.insert(number % 20) }
      }
      #expect(holders.count == 1)
      let winner = try #require(holders.first)
      let loser = winner == 0 ? 1 : 0
      let refused = try await it.activate(polls[loser], by: it.ann, at: "2030-03-05 11:30")
      #expect(refused.status == 409)
      #expect(try refused.value("error")?.string == "another poll holds that time")
      #expect(try await it.activate(polls[loser], by: it.ann, at: "2030-03-05 12:00").status == 200)
      #expect(try await it.activate(polls[winner], by: it.ann).status == 200)
      // A hold ends by itself.
      let (late, later) = (polls[winner == 2 ? 3 : 2], polls[winner == 4 ? 5 : 4])
      let soon = #"{"startTime":"2030-03-06 11:00","minutes":1}"#
      #expect(try await it.send("POST", "/events/\(late)/hold", soon, by: it.ann).status == 200)
      #expect(try await it.send("POST", "/events/\(later)/hold", soon, by: it.ann).status == 409)
      try await it.moveClock(by: 61)
      #expect(try await it.send("POST", "/events/\(later)/hold", soon, by: it.ann).status == 200)
    }
  }
}
