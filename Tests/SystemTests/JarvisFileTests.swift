import JSON
import Kit
import Loop
import Testing

/// Calendar files in, free and busy times out.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisFileTests {
  private func calendar(_ events: [[String]]) -> String {
    let lines = events.flatMap { ["BEGIN:VEVENT", "DTSTAMP:20300101T000000Z"] + $0 + ["END:VEVENT"] }
    return (["BEGIN:VCALENDAR", "VERSION:2.0"] + lines + ["END:VCALENDAR", ""]).joined(separator: "\r\n")
  }

  private let weekly = [
    "UID:stand-up@example.org", "SUMMARY:Stand-up", "DTSTART;TZID=Pacific Standard Time:20300304T140000",
    "DURATION:PT1H", "RRULE:FREQ=WEEKLY", "EXDATE;TZID=Pacific Standard Time:20300311T140000",
  ]

  private func put(_ text: String, by member: Member, _ it: CalendarStack, type: String = "text/calendar") async throws
    -> HTTPReply
  {
    let headers = member.bearer + [("Content-Type", type)]
    return try await it.client.send("POST", "/user/\(member.id)/calendar", headers: headers, body: Array(text.utf8))
  }

  private func schedule(_ it: CalendarStack) async throws -> [JSONValue] {
    let from = CalendarStack.monday - 9 * 3600
    let reply = try await it.get("/user/ann@x.org/schedule?from=\(from)&to=\(from + 30 * 86_400)", by: it.ann)
    return try reply.value("response", "schedule")?.array ?? []
  }

  @Test func `a file becomes own entries, once however often it comes`() async throws {
    try await CalendarStack.with { it in
      let moved = [
        "UID:stand-up@example.org", "RECURRENCE-ID;TZID=America/Los_Angeles:20300318T140000", "SUMMARY:Late",
        "DTSTART;TZID=America/Los_Angeles:20300318T160000", "DURATION:PT1H",
      ]
      let text = calendar([weekly, moved, ["UID:bad", "DTSTART:never"]])
      for _ in 0..<2 {
        let reply = try await put(text, by: it.ann, it, type: "text/calendar; charset=utf-8")
        #expect(
          reply.text
            == #"{"response":"success","imported":2,"removed":0,"left_out":[{"uid":"bad","reason":"invalid time"}]}"#
        )
      }
      let entries = try await schedule(it)
      #expect(entries.map { $0.member("name")?.string } == ["Stand-up", "Late", "Stand-up", "Stand-up"])
      #expect(entries.allSatisfy { $0.member("google")?.bool == false && $0.member("owner")?.string == "ann@x.org" })
      let starts = entries.compactMap { $0.member("start_time")?.number?.int }
      #expect(starts.map { ($0 - CalendarStack.monday) / 3600 } == [5, 14 * 24 + 6, 21 * 24 + 4, 28 * 24 + 4])
      #expect(try await it.get("/user/\(it.ann.id)/events", by: it.ann).value("events")?.array?.isEmpty == true)
      // In the way of a meeting, as any entry of one's own.
      let lunch = try await it.lunch(deadline: "2030-3-18", invitees: #"["bob@x.org"]"#)
      let slot = #"{"timeslots":[{"startTime":"2030-03-18 13:00","endTime":"2030-03-18 17:00"}]}"#
      #expect(try await it.send("PUT", "/user/bob@x.org/events/\(lunch)", slot, by: it.bob).status == 200)
      let found = try await it.get("/events/\(lunch)/preferred", by: it.ann).value("timeslots")?.array ?? []
      #expect(found.first?.member("startTime")?.string == "2030-03-18 13:00")
      #expect(found.first?.member("endTime")?.string == "2030-03-18 16:00")
      // The series goes whole, the moved time with it.
      let id = try #require(entries.first?.member("id")?.string)
      #expect(try await it.send("DELETE", "/events/\(id)", by: it.bob).status == 404)
      #expect(try await it.send("DELETE", "/events/\(id)", by: it.ann).status == 200)
      #expect(try await schedule(it).isEmpty)
      #expect(try await put(text, by: it.ann, it).status == 200)
      let cancelled = calendar([weekly + ["STATUS:CANCELLED"]])
      #expect(try await put(cancelled, by: it.ann, it).value("removed")?.number?.int == 1)
      #expect(try await schedule(it).isEmpty)
    }
  }

  @Test func `what is no decent file is refused and says why`() async throws {
    try await CalendarStack.with { it in
      let good = calendar([weekly])
      #expect(try await put(good, by: it.ann, it, type: "application/json").status == 415)
      #expect(try await put("hello", by: it.ann, it).status == 400)
      let zone = try await put(good.replacing("Pacific Standard Time", with: "Mars/Olympus"), by: it.ann, it)
      #expect(zone.status == 400)
      #expect(try zone.value("error")?.string == "invalid time zone 'Mars/Olympus'")
      let many = (0..<2001).map { ["UID:\($0)", "DTSTART:20300305T110000Z", "DURATION:PT1H"] }
      let tooMany = try await put(calendar(many), by: it.ann, it)
      #expect(tooMany.status == 409)
      #expect(try await schedule(it).isEmpty)
      #expect(try await put(calendar(Array(many.dropLast())), by: it.ann, it).value("imported")?.number?.int == 2000)
      // Also what only grows large on its way to the service.
      let bells = good.replacing("SUMMARY:", with: "SUMMARY:" + String(repeating: "\u{7}", count: 400_000))
      #expect(try await put(bells, by: it.ann, it).status == 413)
      let large = String(repeating: "x", count: 1_000_000)
      #expect(try await put(large, by: it.ann, it).status == 413)
      let body = Array(good.utf8)
      let path = "/user/\(it.ann.id)/calendar"
      let type = [("Content-Type", "text/calendar")]
      #expect(try await it.client.send("POST", path, headers: it.bob.bearer + type, body: body).status == 403)
      #expect(try await it.client.send("POST", path, headers: type, body: body).status == 401)
    }
  }

  @Test func `others see when one is busy, and nothing else`() async throws {
    try await CalendarStack.with { it in
      #expect(try await put(calendar([weekly]), by: it.ann, it).status == 200)
      let gym = #"{"start_time":"14:30","end_time":"16:00","date":"2030-3-4","name":"Secret","single_event":true}"#
      #expect(try await it.send("POST", "/user/\(it.ann.id)/events", gym, by: it.ann).status == 200)
      let path = "/user/\(it.ann.id)/freebusy"
      let own = try await it.get(path, by: it.ann)
      #expect(own.status == 200)
      #expect(own.header("Content-Type") == "text/calendar; charset=utf-8")
      #expect(own.text.contains("BEGIN:VFREEBUSY\r\n"))
      // Both of the first Monday are one; the second is left out; then clocks have jumped.
      let busy = own.text.matches(of: /FREEBUSY:([0-9TZ\/]+)/).map { String($0.1) }
      #expect(busy.prefix(2) == ["20300304T220000Z/20300305T000000Z", "20300318T210000Z/20300318T220000Z"])
      for word in ["Secret", "Stand-up", "ann@x.org"] { #expect(!own.text.contains(word)) }
      let day = CalendarStack.monday - 9 * 3600
      let part = try await it.get("\(path)?from=\(day + 15 * 3600)&to=\(day + 86_400)", by: it.ann)
      #expect(part.text.contains("FREEBUSY:20300304T230000Z/20300305T000000Z\r\n"))
      #expect(try await it.get("\(path)?from=9&to=9", by: it.ann).status == 400)
      #expect(try await it.get(path, by: it.bob).status == 403)
      let made = try await it.send("POST", path, "{}", by: it.ann)
      let link = try #require(try made.value("response", "path")?.string)
      let shared = try await it.get(link, by: nil)
      #expect(shared.text == own.text)
      let tag = try #require(shared.header("ETag"))
      #expect(try await it.client.get(link, headers: [("If-None-Match", tag)]).status == 304)
      // It is no feed of events, and ends by itself.
      #expect(try await it.send("DELETE", "/user/\(it.ann.id)/feed", by: it.ann).status == 404)
      #expect(try await it.send("DELETE", path, by: it.ann).status == 200)
      #expect(try await it.get(link, by: nil).status == 404)
      #expect(try await it.send("DELETE", path, by: it.ann).status == 404)
    }
  }
}
