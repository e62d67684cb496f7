import Glibc
import Kit
import Loop
import Settings
import Testing

/// Readers are answered while others rest on their connections, never finish a request, or log in by the dozen.
@Suite(.needsDaemons) @LoopActor struct StatsPatienceTests {
  @Test func `idle connections, half-sent requests and a login storm leave nobody waiting`() async throws {
    try raiseDescriptorLimit(to: 4096)
    try await Stack.with([.auth, .stats, .gateway]) { stack in
      let learner = try await StatsCaller.registered(on: stack)
      let course = StatsCaller.id()
      try await learner.store(course, StatsCaller.id(), "5", "80", "120000")

      var resting: [RawConnection] = []
      defer { for connection in resting { connection.close() } }
      let head = "GET / HTTP/1.1\r\nHost: a\r\n"
      for _ in 0..<1000 { resting.append(try await opened(stack, sending: head + "\r\n")) }
      for connection in resting { #expect(try await connection.reply().status == 200) }
      for _ in 0..<100 { resting.append(try await opened(stack, sending: head)) }

      let wrong = #"{"login":"nobody","password":"wrong"}"#
      let storm = (0..<60).map { _ in onLoop { try? await stack.client().post("/login", json: wrong).status } }
      for _ in 0..<200 { try expect(await learner.course(course), StatsNumbers(5, 80, 120_000)) }
      for login in storm { #expect([401, 429, 503].contains(await login.value)) }

      // The resting connections still are: a request is answered, half a one can be finished.
      for connection in [resting[0], resting[999]] { connection.send(head + "\r\n") }
      for connection in [resting[0], resting[999]] { #expect(try await connection.reply().status == 200) }
    }
  }

  private func opened(_ stack: Stack, sending text: String) async throws -> RawConnection {
    let connection = try await RawConnection(port: stack.httpPort)
    connection.send(text)
    return connection
  }

  /// For the tests' own side; the gateway raises its own.
  private func raiseDescriptorLimit(to wanted: rlim_t) throws {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    try #require(getrlimit(resource, &limit) == 0)
    guard limit.rlim_cur < wanted else { return }
    try #require(limit.rlim_max >= wanted)
    limit.rlim_cur = wanted
    try #require(setrlimit(resource, &limit) == 0)
  }
}
