import Glibc
import Kit
import Loop
import Settings
import Testing

/// Two of every daemon, of which each is killed in turn.
@Suite(.serialized, .needsDaemons, .needsNATS) @LoopActor struct CopiesTests {
  private static let settings = [
    "CARILLON_RATE_LIMITS": "off", "CARILLON_CHAT_SEND_BURST": "10000", "CARILLON_LOG_LEVEL": "info",
  ]

  private func kill(_ service: ServiceName, twin: Bool, in stack: Stack) async throws {
    let process = try twin ? #require(stack.twins[service]).process : stack.daemon(service).process
    process.signal(SIGKILL)
    #expect(try await process.ended() == .signalled(SIGKILL))
  }

  @Test(arguments: Transport.allCases)
  func `whichever daemon is killed, its twin serves`(over transport: Transport) async throws {
    try await Stack.with(settings: Self.settings, over: transport, copies: 2) { stack in
      let learner = try await StatsCaller.registered(on: stack)
      let ann = try await ChatCaller.registered("ann", on: stack)
      let room = try await ann.createRoom()
      var sent = 0
      for service in Stack.everything where service != .gateway {
        for twin in [false, true] {
          try await kill(service, twin: twin, in: stack)
          // A call that was under way, or goes to where nobody is any more, may be refused; soon none is.
          try await eventually {
            let reply = try await learner.post(StatsCaller.id(), StatsCaller.body(StatsCaller.id(), "5", "80", "1"))
            guard reply.status == 201 else { throw Overdue(awaited: "a stored session", seen: reply.text) }
          }
          try await eventually {
            let reply = try await ann.post("/send-message", #"{"room_gid":"\#(room)","msg":"text \#(sent)"}"#)
            guard reply.status == 200 else { throw Overdue(awaited: "a sent message", seen: reply.text) }
            sent += 1
          }
          if twin { try await stack.startTwin(of: service) } else { try await stack.start(service) }
        }
      }
      // One that was refused may have been stored all the same.
      #expect(Set(try await ann.history(room).map(\.text)).isSuperset(of: (0..<sent).map { "text \($0)" }))
    }
  }

  @Test(arguments: Transport.allCases)
  func `whichever daemon is killed, who reads does not notice`(over transport: Transport) async throws {
    try await Stack.with(settings: Self.settings, over: transport, copies: 2) { stack in
      let requests = try await MixedRequests.prepared(on: stack)
      let load = RequestLoad(clients: 40, every: .milliseconds(100), port: stack.httpPort) { requests.nextRead() }
      try await load.answers(40)
      for service in Stack.everything where service != .gateway {
        for twin in [true, false] {
          try await kill(service, twin: twin, in: stack)
          try await load.answers(80)
          if twin { try await stack.startTwin(of: service) } else { try await stack.start(service) }
          try await load.answers(80)
        }
      }
      await load.stop()
      #expect(load.failures.isEmpty, "\(load.failures.count) of \(load.answered): \(load.failures.prefix(5))")
    }
  }

  /// Tries for some seconds; the last error is thrown.
  private func eventually(_ body: @LoopActor () async throws -> Void) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while true {
      do { return try await body() } catch {
        guard ContinuousClock.now < deadline else { throw error }
        try await pause(for: .milliseconds(100))
      }
    }
  }

  @Test(arguments: Transport.allCases)
  func `a session that ends at one gateway ends at the other, and its sockets`(over transport: Transport) async throws {
    try await Stack.with([.auth, .chat, .gateway], settings: Self.settings, over: transport, copies: 2) { stack in
      let clients = stack.httpPorts.map { TestClient(port: $0) }
      for number in 0..<4 {
        let ann = try await clients[number % 2].appMember("ann\(number)@x.org")
        let path = "/user/\(ann.id)/friends"
        for client in clients { #expect(try await client.get(path, headers: ann.bearer).status == 200) }
        let out = try await clients[number % 2].send("PUT", "/user/\(ann.id)/logout", headers: ann.bearer)
        #expect(out.status == 200)
        let deadline = ContinuousClock.now + .seconds(1)
        for client in clients {
          while try await client.get(path, headers: ann.bearer).status != 401 {
            guard ContinuousClock.now < deadline else { return _ = Issue.record("a session lives on") }
          }
        }
      }
    }
  }
}
