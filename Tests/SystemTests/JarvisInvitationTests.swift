import Glibc
import JSON
import Kit
import Loop
import Settings
import Testing

/// People without an account are written to, and answer by a link.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisInvitationTests {
  private func with(
    delivery: Bool = false,
    _ body: @LoopActor (CalendarStack, LoopbackServer) async throws -> Void
  ) async throws {
    let relay = try LoopbackServer.smtp()
    let folder = try ScratchFolder("rsvp")
    defer {
      relay.close()
      folder.remove()
    }
    let key = try folder.write(String(repeating: "key of links", count: 4), as: "key")
    let settings = [
      "CARILLON_PUBLIC_URL": "https://meet.example", "CARILLON_RSVP_KEY_FILE": key,
      "CARILLON_SMTP_URL": "smtp://127.0.0.1:\(relay.port)", "CARILLON_MAIL_FROM": "no-reply@x.org",
    ]
    try await CalendarStack.with([.auth, .calendar, .gateway] + (delivery ? [.delivery] : []), settings: settings) {
      it in
      try await body(it, relay)
    }
  }

  /// Mails that wait for delivery, in their order.
  private func mails(_ it: CalendarStack) async throws -> [JSONValue] {
    let lines = try await it.stack.rows(
      "SELECT convert_from(body, 'UTF8') FROM calendar.outbox WHERE key LIKE 'invitation:%' ORDER BY id"
    )
    return try lines.map { try JSONValue(parsing: Array($0.utf8)) }
  }

  /// What they say, such as `REQUEST dan@y.org`.
  private func told(_ it: CalendarStack) async throws -> [String] {
    try await mails(it).map { mail in
      "\(mail.member("calendar")?.member("method")?.string ?? "words") \(mail.member("mail")?.string ?? "")"
    }
  }

  private func link(_ mail: JSONValue) throws -> String {
    let text = try #require(mail.member("body")?.string)
    return String(
      try #require(text.firstMatch(of: /https:\/\/meet\.example(\/rsvp\/[0-9a-f]{32}\/[A-Za-z0-9_-]{22})\n/)).1
    )
  }

  private func answer(_ link: String, _ value: String, _ it: CalendarStack) async throws -> HTTPReply {
    try await it.client.post(link, form: [("answer", value)])
  }

  @Test func `a stranger hears of the poll and of the event, and nobody else by mail`() async throws {
    try await with { it, _ in
      let lunch = try await it.lunch(invitees: #"["bob@x.org","dan@y.org","eve@y.org"]"#)
      #expect(try await told(it) == ["words dan@y.org", "words eve@y.org"])
      #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 200)
      #expect(try await answer(try link(try await mails(it)[1]), "no", it).status == 200)
      // Who said no is left in peace.
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(try await told(it).dropFirst(2) == ["REQUEST dan@y.org"])
      #expect(try await it.send("PUT", "/events/\(lunch)", #"{"location":"Pier 9"}"#, by: it.ann).status == 200)
      let people = #"{"people":["fay@y.org"]}"#
      #expect(try await it.send("POST", "/events/\(lunch)/people", people, by: it.ann).status == 200)
      #expect(try await it.send("DELETE", "/events/\(lunch)/people/fay@y.org", by: it.ann).status == 200)
      #expect(try await it.send("DELETE", "/events/\(lunch)", by: it.ann).status == 200)
      #expect(
        try await told(it).dropFirst(3)
          == ["REQUEST dan@y.org", "REQUEST fay@y.org", "CANCEL fay@y.org", "CANCEL dan@y.org"]
      )
      let sequences = try await mails(it).compactMap { mail in
        mail.member("calendar")?.member("text")?.string?.firstMatch(of: /SEQUENCE:(\d+)/).flatMap { Int($0.1) }
      }
      #expect(sequences == sequences.sorted() && Set(sequences).count == sequences.count, "\(sequences)")
    }
  }

  @Test func `a link shows and answers, and only a form's post changes anything`() async throws {
    try await with { it, _ in
      let lunch = try await it.lunch(invitees: #"["dan@y.org"]"#, more: #","description":"<script>alert(1)</script>""#)
      let link = try link(try await mails(it)[0])
      let page = try await it.get(link, by: nil)
      #expect(page.status == 200)
      #expect(page.header("Content-Type") == "text/html; charset=utf-8")
      #expect(page.header("Cache-Control") == "no-store")
      #expect(page.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
      #expect(page.text.contains("&lt;script&gt;") && !page.text.contains("<script>"))
      #expect(page.text.contains("2030-03-08"))
      func responses() async throws -> [JSONValue] {
        try await it.get("/events/\(lunch)", by: it.ann).value("responses")?.array ?? []
      }
      #expect(try await responses().isEmpty)
      for (value, declined) in [("no", true), ("yes", false)] {
        let said = try await answer(link, value, it)
        #expect(said.status == 200)
        #expect(said.text.contains(declined ? "that you do not come" : "that you come"))
        #expect(try await responses().map { $0.member("declined")?.bool } == [declined])
      }
      for body in [[("answer", "maybe")], [], [("other", "yes")]] {
        #expect(try await it.client.post(link, form: body).status == 400)
      }
      let event = try await it.activate(lunch, by: it.ann)
      #expect(try event.value("attendees")?.texts == ["dan@y.org"])
      #expect(try await it.get(link, by: nil).text.contains("2030-03-05 11:00 to 12:00"))
      // Of the real event too, in place of what was said before.
      #expect(try await answer(link, "no", it).status == 200)
      #expect(try await it.get("/events/\(lunch)", by: it.ann).value("attendees")?.texts == [])
      #expect(try await answer(link, "yes", it).status == 200)
      #expect(try await it.get("/events/\(lunch)", by: it.ann).value("attendees")?.texts == ["dan@y.org"])
      // Over is over.
      try await it.moveClock(by: 28 * 3600)
      #expect(try await answer(link, "no", it).status == 409)
      #expect(try await it.get(link, by: nil).status == 200)
    }
  }

  @Test func `a link of somebody else's making opens nothing`() async throws {
    try await with { it, _ in
      let (lunch, dinner) = (
        try await it.lunch(invitees: #"["dan@y.org"]"#), try await it.lunch(invitees: #"["dan@y.org"]"#)
      )
      let link = try link(try await mails(it)[0])
      let code = try #require(link.split(separator: "/").last)
      let foreign = [
        "/rsvp/\(dinner)/\(code)", "/rsvp/\(lunch)/\(code.dropLast())A", "/rsvp/\(lunch)/x", "/rsvp/nonsense/\(code)",
        "/rsvp/\(String(repeating: "0", count: 32))/\(code)",
      ]
      for path in foreign where path != link {
        #expect(try await it.get(path, by: nil).status == 404, "\(path)")
        #expect(try await answer(path, "yes", it).status == 404, "\(path)")
      }
      // Who was sent away has no link any more.
      #expect(try await it.send("DELETE", "/events/\(lunch)/people/dan@y.org", by: it.ann).status == 200)
      #expect(try await it.get(link, by: nil).status == 404)
    }
  }

  @Test func `an event comes by mail as mail programs know it`() async throws {
    try await with(delivery: true) { it, relay in
      let lunch = try await it.lunch(invitees: #"["dan@y.org"]"#)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      // Mails of other kinds come too, such as to confirm an address; the invitation is whole when its session has ended.
      try await it.stack.become("1", within: .seconds(20)) { _ in
        [String(relay.inputs.count { $0.contains("Subject: Invitation: Lunch") && $0.contains("QUIT") })]
      }
      let mail = try #require(relay.inputs.first { $0.contains("Subject: Invitation: Lunch") })
      #expect(mail.contains("RCPT TO:<dan@y.org>"))
      #expect(mail.contains("Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n"))
      #expect(mail.contains("UID:\(lunch)@carillon"))
    }
  }

  @Test func `of one person only so many mails go to strangers in a day`() async throws {
    try await with { it, _ in
      for round in 0..<6 {
        let many = (0..<100).map { #""p\#(round)-\#($0)@y.org""# }.joined(separator: ",")
        _ = try await it.lunch(invitees: "[\(many)]")
      }
      #expect(try await mails(it).count == 500)
      try await it.moveClock(by: 86_400)
      _ = try await it.lunch(invitees: #"["dan@y.org"]"#)
      #expect(try await mails(it).count == 501)
    }
  }

  @Test func `without a public address nobody is written to`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch(invitees: #"["dan@y.org"]"#)
      #expect(try await mails(it).isEmpty)
      #expect(try await it.get("/rsvp/\(lunch)/x", by: nil).status == 404)
    }
  }
}
