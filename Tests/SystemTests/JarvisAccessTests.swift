import Kit
import Loop
import Settings
import Testing

/// The server that gives access to linked calendars is slow, down or talks nonsense; and daemons that are told to end
/// meanwhile.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisAccessTests {
  private static let faults: [ProviderFault] = [
    .hangsUp, .cut, .floods(announced: false), .status(500, body: "oops"), .status(400, body: ProviderFault.page),
    .status(401, body: #"{"error":"invalid_client"}"#), .status(429, headers: "Retry-After: 30\r\n"),
    .status(302, headers: "Location: http://127.0.0.1:1/\r\n"), .says(ProviderFault.page, kind: "text/html"),
    .says("[]"),
    .says(#"{"access_token":7}"#), .says(#"{"expires_in":3600}"#),
  ]

  @Test func `nonsense instead of access changes nothing and is asked again`() async throws {
    try await LinkedCalendars.with { linked in
      for fault in JarvisAccessTests.faults {
        linked.google.changes["s1"] = #"{"items":[],"nextSyncToken":"s1"}"#
        try await linked.outliveAccess()
        linked.google.fault = (fault, linked.asksForAccess)
        #expect(try await linked.sync(linked.it.ann).status == 503, "\(fault)")
        let lunch = try await linked.day()
        let asked = linked.google.failed.count
        try await linked.google.failing(asked + 1) { _ in true }
        try await linked.recover(lunch, "\(fault)")
      }
    }
  }

  @Test func `who waits for access that never comes waits alone`() async throws {
    try await LinkedCalendars.with { linked in
      let (it, google) = (linked.it, linked.google)
      try await linked.outliveAccess()
      google.fault = (.hangs, linked.asksForAccess)
      let imports = [it.ann, it.bob].map { member in onLoop { try? await linked.sync(member).status } }
      try await google.failing(2) { _ in true }
      let lunch = try await linked.day()
      // Whoever links a calendar now is let in at once, and is linked once the server is well.
      #expect(try await it.send("POST", "/user", #"{"code":"4/cyd"}"#, by: it.cyd).status == 200)
      for one in imports { #expect(await one.value == 503) }
      try await linked.recover(lunch)
      try await linked.linked(it.cyd)
    }
  }

  @Test func `a code is redeemed once the server is well`() async throws {
    try await LinkedCalendars.with { linked in
      linked.google.fault = (.status(503), linked.asksForAccess)
      #expect(try await linked.it.send("POST", "/user", #"{"code":"4/cyd"}"#, by: linked.it.cyd).status == 200)
      try await linked.google.failing { _ in true }
      linked.google.fault = nil
      try await linked.linked(linked.it.cyd)
      #expect(try await linked.sync(linked.it.cyd).status == 200)
    }
  }

  @Test func `what was withdrawn is not asked for again`() async throws {
    try await LinkedCalendars.with { linked in
      try await linked.outliveAccess()
      linked.google.fault = (.status(400, body: #"{"error":"invalid_grant"}"#), linked.asksForAccess)
      #expect(try await linked.sync(linked.it.ann).status == 409)
      _ = try await linked.day()
      try await linked.settled()
      #expect(linked.google.held.isEmpty)
    }
  }

  // MARK: - The end

  @Test func `a daemon that is told to end waits for no provider`() async throws {
    try await LinkedCalendars.with { linked in
      let (it, google) = (linked.it, linked.google)
      google.fault = (.hangs, linked.asksCalendar)
      let lunch = try await linked.day()
      let waiting = onLoop { try? await linked.sync(it.ann).status }
      try await google.failing { $0.hasPrefix("POST") }
      try await google.failing { $0.hasPrefix("GET") }
      #expect(try await it.stack.stop(.calendar) == .exited(0))
      #expect(try cuts(of: it.stack.daemon(.calendar)) == 0)
      // It was told so, long before the provider's time was up.
      #expect(await waiting.value == 503)
      google.fault = nil
      try await it.stack.start(.calendar)
      try await linked.recover(lunch)
    }
  }

  @Test func `a daemon that is told to end waits for no access`() async throws {
    try await LinkedCalendars.with { linked in
      let (it, google) = (linked.it, linked.google)
      try await linked.outliveAccess()
      google.fault = (.hangs, linked.asksForAccess)
      let lunch = try await linked.day()
      let waiting = onLoop { try? await linked.sync(it.ann).status }
      try await google.failing(2) { _ in true }
      for service in [.calendar, .auth] as [ServiceName] {
        #expect(try await it.stack.stop(service) == .exited(0))
        #expect(try cuts(of: it.stack.daemon(service)) == 0, "\(service)")
      }
      #expect(await waiting.value == 503)
      google.fault = nil
      try await it.stack.start(.auth)
      try await it.stack.start(.calendar)
      try await linked.recover(lunch)
    }
  }

  /// How often a limit ended the daemon's work for it.
  private func cuts(of daemon: StackDaemon) -> Int { daemon.lines.count { $0.contains("daemon.drain_cut") } }
}
