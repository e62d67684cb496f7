import JSON
import Kit
import Loop
import Settings
import Testing

/// Working hours and reminders, which people choose for themselves.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisSettingsTests {
  private func choose(_ json: String, by member: Member, _ it: CalendarStack) async throws -> HTTPReply {
    try await it.send("PUT", "/user/\(member.id)/settings", json, by: member)
  }

  @Test func `settings are one's own, and wrong ones are named`() async throws {
    try await CalendarStack.with { it in
      let path = "/user/ann@x.org/settings"
      let usual = try await it.get(path, by: it.ann)
      let zone = CalendarStack.zone
      let answer =
        #"{"response":{"timezone":"\#(zone)","working_hours":[],"reminders":[30],"entry_reminders":[]}}"#
      #expect(usual.text == answer)
      #expect(try await it.get(path, by: it.bob).status == 403)
      #expect(try await choose(#"{"reminders":"soon"}"#, by: it.ann, it).status == 400)
      let wrong = try await choose(#"{"reminders":[5],"working_hours":[{"days":[9]}]}"#, by: it.ann, it)
      #expect(wrong.status == 400)
      #expect(try wrong.value("error")?.string?.contains("working_hours") == true)
      #expect(try await it.get(path, by: it.ann).text == answer)
      let hours = #"[{"days":[1,2],"from":"9:00","to":"17:30"}]"#
      let chosen = try await choose(#"{"reminders":[5],"working_hours":\#(hours)}"#, by: it.ann, it)
      #expect(chosen.text.contains(#""working_hours":\#(hours),"reminders":[5]"#), "\(chosen.text)")
      #expect(try await choose(#"{"reminders":null,"working_hours":null}"#, by: it.ann, it).text == answer)
    }
  }

  @Test func `the finder keeps to working hours and says whose stand in the way`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch()
      // Monday is the 4th; bob works on Tuesdays from noon.
      let hours = #"{"working_hours":[{"days":[2],"from":"12:00","to":"17:00"}]}"#
      #expect(try await choose(hours, by: it.bob, it).status == 200)
      let slot = #"{"timeslots":[{"startTime":"2030-03-05 10:00","endTime":"2030-03-05 14:00"}]}"#
      for (member, email) in [(it.bob, "bob@x.org"), (it.cyd, "cyd@x.org")] {
        #expect(try await it.send("PUT", "/user/\(email)/events/\(lunch)", slot, by: member).status == 200)
      }
      func windows() async throws -> [JSONValue] {
        try await it.get("/events/\(lunch)/preferred", by: it.ann).value("timeslots")?.array ?? []
      }
      let found = try await windows()
      #expect(found.prefix(2).map { $0.member("startTime")?.string } == ["2030-03-05 12:00", "2030-03-05 10:00"])
      #expect(found.first?.member("weight")?.number?.double == 1)
      #expect(found.first?.member("outside_hours")?.texts == [])
      // He asked for ten, so ten is possible; his hours only do not speak for it.
      #expect(found[1].member("preferred")?.texts == ["ann@x.org", "bob@x.org", "cyd@x.org"])
      #expect(found[1].member("outside_hours")?.texts == ["bob@x.org"])
      #expect(found[1].member("busy")?.texts == [])
      let gym = #"{"start_time":"10:00","end_time":"11:00","date":"2030-3-5","name":"Gym","single_event":true}"#
      #expect(try await it.send("POST", "/user/\(it.bob.id)/events", gym, by: it.bob).status == 200)
      let busy = try await windows()
      #expect(busy.contains { $0.member("busy")?.texts == ["bob@x.org"] })
      // Ann likes whatever is free, and of that only what lies in her hours.
      let evenings = #"{"working_hours":[{"days":[1,2,3,4,5],"from":"13:00","to":"22:00"}]}"#
      #expect(try await choose(evenings, by: it.ann, it).status == 200)
      #expect(try await windows().first?.member("startTime")?.string == "2030-03-05 13:00")
    }
  }

  /// Reminders as they wait in the calendar, `minutes email`.
  private func planned(_ it: CalendarStack) async throws -> [String] {
    try await it.stack.rows(
      """
      SELECT r.minutes || ' ' || coalesce(p.email, '') FROM calendar.reminder r JOIN calendar.person p ON p.id = r.person
      ORDER BY p.email, r.minutes
      """
    )
  }

  @Test func `reminders follow the event, its people and what they choose`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      #expect(try await choose(#"{"reminders":[]}"#, by: it.cyd, it).status == 200)
      #expect(try await choose(#"{"reminders":[60,10]}"#, by: it.bob, it).status == 200)
      #expect(try await planned(it) == [])
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await planned(it) == ["30 ann@x.org", "10 bob@x.org", "60 bob@x.org"])
      #expect(try await choose(#"{"reminders":[5]}"#, by: it.cyd, it).status == 200)
      #expect(try await it.send("DELETE", "/events/\(lunch)/people/bob@x.org", by: it.bob).status == 200)
      #expect(try await planned(it) == ["30 ann@x.org", "5 cyd@x.org"])
      let moved = try await it.send("PUT", "/events/\(lunch)", #"{"startTime":"2030-03-07 11:00"}"#, by: it.ann)
      #expect(try moved.value("end", "dateTime")?.string == "2030-03-07T12:00:00-08:00")
      #expect(try await it.waitingPushes().last == "active \(it.cyd.id)")
      let starts = try await it.stack.rows(
        "SELECT DISTINCT starts AT TIME ZONE 'America/Los_Angeles' FROM calendar.reminder"
      )
      #expect(starts == ["2030-03-07 11:00:00"])
      #expect(try await it.send("DELETE", "/events/\(lunch)", by: it.ann).status == 200)
      #expect(try await planned(it) == [])
    }
  }

  @Test func `a poll does not move, and an event moves to no hour that a poll holds`() async throws {
    try await CalendarStack.with { it in
      let (lunch, dinner) = (try await it.lunch(), try await it.lunch())
      let move = #"{"startTime":"2030-03-06 11:00"}"#
      #expect(try await it.send("PUT", "/events/\(lunch)", move, by: it.ann).status == 409)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await it.send("POST", "/events/\(dinner)/hold", move, by: it.ann).status == 200)
      #expect(try await it.send("PUT", "/events/\(lunch)", move, by: it.ann).status == 409)
      #expect(
        try await it.send("PUT", "/events/\(lunch)", #"{"startTime":"2030-03-01 11:00"}"#, by: it.ann).status == 400
      )
      let longer = #"{"startTime":"2030-03-06 13:00","endTime":"2030-03-06 15:30"}"#
      let moved = try await it.send("PUT", "/events/\(lunch)", longer, by: it.ann)
      #expect(try moved.value("end", "dateTime")?.string == "2030-03-06T15:30:00-08:00")
    }
  }

  @Test func `a reminder rings on time, and a cancelled one does not`() async throws {
    try await PushStub.with([.auth, .calendar, .delivery, .gateway]) { stack, stub in
      let it = try await CalendarStack.on(stack)
      #expect(try await it.send("POST", "/user", #"{"FCMToken":"bob-device"}"#, by: it.bob).status == 200)
      #expect(try await choose(#"{"reminders":[20,10]}"#, by: it.bob, it).status == 200)
      #expect(try await choose(#"{"entry_reminders":[15]}"#, by: it.bob, it).status == 200)
      var events: [String] = []
      for _ in 0..<2 {
        let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
        #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 200)
        #expect(try await it.activate(lunch, by: it.ann).status == 200)
        events.append(lunch)
      }
      let gym = #"{"start_time":"11:00","end_time":"12:00","repeat_days":[2,3],"name":"Gym","single_event":false}"#
      #expect(try await it.send("POST", "/user/\(it.bob.id)/events", gym, by: it.bob).status == 200)
      try await stack.become("0", within: .seconds(20)) { try await $0.rows("SELECT count(*) FROM auth.outbox") }
      func reminders(_ count: Int) async throws -> [String] {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
          let seen = try await stub.log().filter { $0.data["type"]?.string == "reminder" }
            .map { $0.data["event_id"]?.string ?? "" }
          if seen.count >= count || ContinuousClock.now > deadline { return seen }
          try await pause(for: .milliseconds(20))
        }
      }
      // 10:31 on the day: delivery has those of twenty minutes before, and ann's of thirty.
      try await stack.moveClock(by: 25 * 3600 + 31 * 60)
      try await stack.become("4", within: .seconds(20)) {
        try await $0.rows("SELECT count(*) FROM delivery.job_key WHERE key LIKE 'reminder:%'")
      }
      #expect(try await reminders(0).isEmpty)
      #expect(try await it.send("DELETE", "/events/\(events[1])", by: it.ann).status == 200)
      try await stack.become("0", within: .seconds(20)) { try await $0.rows("SELECT count(*) FROM calendar.outbox") }
      // 10:42, then 10:52: of the event that is left, and the class; of that only the next time.
      try await stack.moveClock(by: 11 * 60)
      #expect(try await reminders(1) == [events[0]])
      try await stack.moveClock(by: 10 * 60)
      let all = try await reminders(3)
      #expect(all.filter { $0 == events[0] }.count == 2)
      #expect(all.count == 3)
      #expect(try await stack.rows("SELECT count(*) FROM calendar.reminder WHERE is_entry AND notice IS NULL") == ["1"])
    }
  }
}
