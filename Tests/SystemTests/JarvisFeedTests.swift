import JSON
import Kit
import Loop
import Testing

/// Calendars that other programs read.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisFeedTests {
  @Test func `a private feed shows real events, and says when nothing is new`() async throws {
    try await CalendarStack.with { it in
      let made = try await it.send("POST", "/user/\(it.bob.id)/feed", "{}", by: it.bob)
      let path = try #require(try made.value("response", "path")?.string)
      let empty = try await it.get(path, by: nil)
      #expect(empty.status == 200)
      #expect(empty.header("Content-Type") == "text/calendar; charset=utf-8")
      #expect(empty.text.hasPrefix("BEGIN:VCALENDAR\r\n"))
      #expect(!empty.text.contains("BEGIN:VEVENT"))
      let lunch = try await it.lunch(more: #","location":"Pier 9; upstairs, left""#)
      try await it.everybodyVotes(on: lunch)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      let feed = try await it.get(path, by: nil)
      for line in [
        "UID:\(lunch)@carillon", "DTSTART:20300305T190000Z", "DTEND:20300305T200000Z", "SUMMARY:Lunch",
        #"LOCATION:Pier 9\; upstairs\, left"#, "ORGANIZER:mailto:ann@x.org", "ATTENDEE:mailto:bob@x.org",
        "STATUS:CONFIRMED",
      ] {
        #expect(feed.text.contains("\r\n\(line)\r\n"), "\(line) in \(feed.text)")
      }
      let tag = try #require(feed.header("ETag"))
      #expect(tag != empty.header("ETag"))
      let again = try await it.client.get(path, headers: [("If-None-Match", tag)])
      #expect(again.status == 304)
      #expect(again.text.isEmpty)
      let sequence = try #require(feed.text.firstMatch(of: /SEQUENCE:(\d+)/).flatMap { Int($0.1) })
      #expect(try await it.send("DELETE", "/events/\(lunch)", by: it.ann).status == 200)
      let cancelled = try await it.client.get(path, headers: [("If-None-Match", tag)])
      #expect(cancelled.status == 200)
      #expect(cancelled.text.contains("STATUS:CANCELLED"))
      #expect(try #require(cancelled.text.firstMatch(of: /SEQUENCE:(\d+)/).flatMap { Int($0.1) }) > sequence)
      // A new address ends the old one, and taking it back ends both.
      let fresh = try await it.send("POST", "/user/\(it.bob.id)/feed", "{}", by: it.bob)
      let other = try #require(try fresh.value("response", "path")?.string)
      #expect(try await it.get(path, by: nil).status == 404)
      #expect(try await it.get(other, by: nil).status == 200)
      #expect(try await it.send("DELETE", "/user/\(it.bob.id)/feed", by: it.bob).status == 200)
      #expect(try await it.get(other, by: nil).status == 404)
      #expect(try await it.send("DELETE", "/user/\(it.bob.id)/feed", by: it.bob).status == 404)
      #expect(try await it.get("/feeds/nonsense.ics", by: nil).status == 404)
    }
  }

  @Test func `an event's own calendar is for its people`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
      #expect(try await it.get("/events/\(lunch)/ics", by: it.ann).status == 409)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await it.get("/events/\(lunch)/ics", by: it.ann).text.contains("SUMMARY:Lunch"))
      #expect(try await it.get("/events/\(lunch)/ics", by: it.cyd).status == 403)
      #expect(try await it.get("/events/\(lunch)/ics", by: nil).status == 401)
    }
  }
}
