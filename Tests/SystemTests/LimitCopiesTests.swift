import Glibc
import Kit
import Loop
import Settings
import Testing

/// Limits where there are two of auth, each of which is killed in turn: so it is known who has counted what.
@Suite(.serialized, .needsDaemons, .needsNATS) @LoopActor struct LimitCopiesTests {
  @Test(arguments: Transport.allCases)
  func `chat 5: two copies of auth count wrong passwords together, and a restart forgets none`(
    over transport: Transport
  ) async throws {
    try await Stack.with([.auth, .gateway], over: transport, copies: 2) { stack in
      let client = TestClient(port: stack.httpPort)
      for login in ["ann", "bob"] { #expect(try await client.register(login, username: login).status == 200) }

      try await kill(stack.twins[.auth])
      for _ in 0..<5 { #expect(try await logIn("ann", "wrong horse", client).status == 401) }
      try await stack.startTwin(of: .auth)
      try await kill(stack.daemons[.auth])
      for _ in 0..<5 { #expect(try await logIn("ann", "wrong horse", client).status == 401) }
      #expect(try await logIn("ann", "wrong horse", client).status == 429)

      try await stack.start(.auth)
      try await kill(stack.twins[.auth])
      let refused = try await logIn("ann", "correct horse", client)
      #expect(refused.status == 429)
      let wait = try #require(refused.header("Retry-After").flatMap(Int.init))
      #expect((1...60).contains(wait))
      #expect(try await logIn("bob", "correct horse", client).status == 200)
      try await stack.moveClock(by: Double(wait + 1))
      #expect(try await logIn("ann", "correct horse", client).status == 200)
    }
  }

  private func kill(_ daemon: StackDaemon?) async throws {
    let process = try #require(daemon).process
    process.signal(SIGKILL)
    #expect(try await process.ended() == .signalled(SIGKILL))
  }

  /// Tries again what nobody has got, since callers learn of a death only by and by: the dead have counted nothing.
  private func logIn(_ login: String, _ password: String, _ client: TestClient) async throws -> HTTPReply {
    let deadline = ContinuousClock.now + .seconds(10)
    while true {
      let reply = try await client.logIn(login, password)
      guard reply.status == 503, ContinuousClock.now < deadline else { return reply }
      try await pause(for: .milliseconds(50))
    }
  }
}
