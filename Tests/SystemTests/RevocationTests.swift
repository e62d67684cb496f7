import Glibc
import Kit
import Loop
import Settings
import Testing

/// The end of a session, as every gateway must learn it.
@Suite(.serialized, .needsDaemons) @LoopActor struct RevocationTests {
  /// A stack and a second gateway before the same auth, of which there is one: it is to be away at times.
  private func withTwoGateways(_ body: @LoopActor (Stack, Stack) async throws -> Void) async throws {
    try await AccountStack.with(copies: 1) { first in
      try await AccountStack.with([.gateway], settings: first.buses(of: .auth), copies: 1) { second throws in
        try await body(first, second)
      }
    }
  }

  /// How long after the given moment a request that was still let through was sent; zero if none was, and two seconds
  /// if it never ends.
  private func lastAccepted(_ member: Member, by client: TestClient, after moment: ContinuousClock.Instant) async throws
    -> Duration
  {
    var last = Duration.zero
    while last < .seconds(2) {
      let sent = ContinuousClock.now
      let reply = try await client.get("/user/\(member.id)/friends", headers: member.bearer)
      if reply.status == 401 { return last }
      #expect(reply.status == 200)
      last = sent - moment
    }
    return last
  }

  @Test func `a logout is known to another gateway within 100 ms, and for good`() async throws {
    try await withTwoGateways { first, second in
      let (here, there) = (first.client(), second.client())
      let gone = try await here.appMember("ann@x.org")
      let kept = try await here.appSession("ann@x.org")
      let path = "/user/\(gone.id)/friends"
      for client in [here, there] {
        for member in [gone, kept] { #expect(try await client.get(path, headers: member.bearer).status == 200) }
      }
      #expect(try await here.send("PUT", "/user/\(gone.id)/logout", headers: gone.bearer).status == 200)
      let out = ContinuousClock.now
      #expect(try await lastAccepted(gone, by: there, after: out) < .milliseconds(100))
      #expect(try await here.get(path, headers: gone.bearer).status == 401)

      for (stack, services) in [(first, [.gateway, .auth]), (second, [.gateway])] as [(Stack, [ServiceName])] {
        for service in services { stack.kill(service) }
        for service in services.reversed() {
          _ = try await stack.daemon(service).process.ended()
          try await stack.start(service)
        }
      }
      for client in [here, there] {
        #expect(try await client.get(path, headers: gone.bearer).status == 401)
        #expect(try await client.get(path, headers: kept.bearer).status == 200)
      }
    }
  }

  @Test func `an event missed while auth was away does not keep a session alive`() async throws {
    try await withTwoGateways { first, second in
      let ann = try await first.client().appMember("ann@x.org")
      let path = "/user/\(ann.id)/friends"
      #expect(try await second.client().get(path, headers: ann.bearer).status == 200)
      first.kill(.auth)
      _ = try await first.daemon(.auth).process.ended()
      _ = try await first.rows("DELETE FROM auth.session WHERE account = '\(ann.id)'")
      let gateway = try second.daemon(.gateway)
      let seen = gateway.process.lines.count
      try await first.start(.auth)
      try await gateway.finds(.auth, from: seen)
      #expect(try await second.client().get(path, headers: ann.bearer).status == 401)
    }
  }

  @Test func `a new password ends every session on every gateway`() async throws {
    try await withTwoGateways { first, second in
      let (here, there) = (first.client(), second.client())
      let ann = try await here.appMember("ann@x.org")
      #expect(try await there.get("/user/\(ann.id)/friends", headers: ann.bearer).status == 200)
      #expect(try await here.get("/send_reset_mail?email=ann@x.org").status == 200)
      let code = try await first.mailedCode(to: "ann@x.org")
      #expect(try await here.reset("ann@x.org", code: code, to: appPassword(2)).status == 200)
      let done = ContinuousClock.now
      #expect(try await lastAccepted(ann, by: there, after: done) < .milliseconds(100))
    }
  }
}
