import Glibc
import Kit
import Loop
import Settings
import Testing

/// A linked calendar's server that is slow, down or talks nonsense delays and breaks nothing else.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisProviderTests {
  @Test func `who waits for a provider that never answers waits alone`() async throws {
    try await LinkedCalendars.with { linked in
      let (it, google) = (linked.it, linked.google)
      google.fault = (.hangs, linked.asksCalendar)
      let imports = [it.ann, it.bob].map { member in onLoop { try? await linked.sync(member).status } }
      try await google.failing(2) { $0.hasPrefix("GET") }
      // Not one answer comes meanwhile, so nothing of this can have waited for one.
      let lunch = try await linked.day()
      try await google.failing { $0.hasPrefix("POST") }
      _ = try await linked.day()
      for one in imports { #expect(await one.value == 503) }
      #expect(try await linked.imported(by: it.ann) == "4")
      try await linked.recover(lunch)
      #expect(try await linked.imported(by: it.ann) == "3")
    }
  }

  @Test func `a provider where nobody listens is asked again`() async throws {
    try await LinkedCalendars.with { linked in
      linked.google.refuse()
      #expect(try await linked.sync(linked.it.ann).status == 503)
      let lunch = try await linked.day()
      #expect(try await linked.sync(linked.it.ann).status == 503)
      linked.google.changes["s1"] = LinkedCalendars.news
      try linked.google.listen()
      try await linked.recover(lunch)
      #expect(try await linked.imported(by: linked.it.ann) == "3")
    }
  }

  @Test func `nonsense changes nothing and is asked again`() async throws {
    let elsewhere = try LoopbackServer { _, _, _ in }
    defer { elsewhere.close() }
    try await LinkedCalendars.with { linked in
      let (ann, google) = (linked.it.ann, linked.google)
      for fault in ProviderFault.nonsense(elsewhere: elsewhere.url) {
        google.changes["s1"] = #"{"items":[],"nextSyncToken":"s1"}"#
        let known = try await linked.imported(by: ann)
        google.fault = (fault, linked.asksCalendar)
        #expect(try await linked.sync(ann).status == 503, "\(fault)")
        let past = google.failed.count { $0.hasPrefix("POST") }
        let lunch = try await linked.day()
        try await google.failing(past + 1) { $0.hasPrefix("POST") }
        #expect(try await linked.imported(by: ann) == known, "\(fault)")
        try await linked.recover(lunch, "\(fault)")
      }
      #expect(elsewhere.connections == 0)
      #expect(try peakKilobytes(of: linked.it.stack.daemon(.calendar).process.pid) < 200_000)
    }
  }

  @Test func `a provider that asks for time gets it`() async throws {
    try await LinkedCalendars.with { linked in
      let it = linked.it
      linked.google.fault = (.status(429, headers: "Retry-After: 1200\r\n"), linked.asksCalendar)
      let lunch = try await linked.day()
      let late = "to_timestamp(\(it.stack.clockSeconds + 1000))"
      try await it.stack.become("2", within: .seconds(20)) {
        try await $0.rows("SELECT count(*) FROM calendar.export WHERE next_try > \(late)")
      }
      try await linked.recover(lunch)
    }
  }

  // MARK: - One person's

  @Test func `a calendar that hangs holds up nobody else's`() async throws {
    try await LinkedCalendars.with { linked in
      let (it, google) = (linked.it, linked.google)
      google.fault = (.hangs, { $0.contains("Bearer access-ann") })
      let waiting = onLoop { try? await linked.sync(it.ann).status }
      try await google.failing { $0.hasPrefix("GET") }
      // More than there are places for exports, and connections.
      var lunches: [String] = []
      for _ in 0..<20 {
        let lunch = try await it.lunch(invitees: #"["bob@x.org"]"#)
        #expect(try await it.vote(it.bob, "bob@x.org", on: lunch, from: 10, to: 12).status == 200)
        #expect(try await it.activate(lunch, by: it.ann).status == 200)
        lunches.append(lunch)
      }
      #expect(try await linked.sync(it.bob).status == 200)
      // Bob's all went in; of ann's, one at a time was tried.
      try await it.stack.become("0", within: .seconds(60)) {
        try await $0.rows("SELECT count(*) FROM calendar.export WHERE person = '\(it.bob.id)'")
      }
      #expect(Set(google.held.keys) == Set(lunches))
      #expect(try await it.stack.rows("SELECT count(*) FROM calendar.export WHERE person = '\(it.ann.id)'") == ["20"])
      #expect(await waiting.value == 503)
      google.fault = nil
      try await it.moveClock(by: 1300)
      try await linked.settled()
    }
  }

  private func peakKilobytes(of pid: pid_t) throws -> Int {
    let file = try #require(fopen("/proc/\(pid)/status", "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = fread(&bytes, 1, bytes.count, file)
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    return try #require(text.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap { Int($0.1) })
  }
}
