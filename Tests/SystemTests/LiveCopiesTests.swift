import Glibc
import JSON
import Kit
import Loop
import Settings
import Testing
import WebSocket

extension LiveCounterTests {
  /// Several gateways before one counter: what one's clients do, the other's see, and all are counted once.
  @Suite @LoopActor struct LiveCopiesTests {
    private func withTwoGateways(_ body: @LoopActor (Stack, Int, StackDaemon) async throws -> Void) async throws {
      // No other copy of live steps in: these are about the gateways.
      try await withCounter(copies: 1) { stack in
        let (port, daemon) = try await stack.secondGateway()
        // What it does when it finds live is told to everybody; a first guest shows that it has done so.
        try await CounterClient.settled(stack, port: port).close()
        while try await !stack.list("online_users").isEmpty { try await pause(for: .milliseconds(10)) }
        let result: Result<Void, any Error>
        do { result = .success(try await body(stack, port, daemon)) } catch { result = .failure(error) }
        daemon.process.signal(SIGTERM)
        _ = try await daemon.process.ended()
        try result.get()
      }
    }

    @Test func `everybody sees everybody, whichever gateway they came to`() async throws {
      try await withTwoGateways { stack, port, _ in
        let a = try await CounterClient.connect(stack)
        #expect(try await a.frames(2) == [Shown.stats(0), Shown.status(1)])
        let b = try await CounterClient.connect(stack, .four, port: port)
        #expect(try await b.frames(2) == [Shown.stats(0), Shown.status(2)])
        #expect(try await a.frame() == Shown.status(2))
        a.click(#""user":"Ann""#)
        let seen = try await (a.frames(2), b.frames(2))
        #expect(seen.0 == seen.1)
        #expect(try await TestClient(port: port).get("/api/online_users").json().array?.count == 2)
        b.close()
        #expect(try await a.frame() == Shown.status(1))
      }
    }

    @Test func `a gateway that is killed leaves no ghosts, one that is stopped is gone at once`() async throws {
      try await withTwoGateways { stack, port, daemon in
        let a = try await CounterClient.settled(stack)
        var others: [CounterClient] = []
        for _ in 0..<3 { others.append(try await CounterClient.connect(stack, port: port)) }
        others[0].name("Bea")
        try await a.frame(beginning: Shown.toast("Bea ist beigetreten."))
        daemon.process.signal(SIGKILL)
        #expect(try await a.frame() == Shown.toast("Bea hat verlassen."))
        #expect(try await a.frame() == Shown.status(1))
      }
      try await withTwoGateways { stack, port, daemon in
        let a = try await CounterClient.settled(stack)
        let b = try await CounterClient.connect(stack, port: port)
        #expect(try await a.frame() == Shown.status(2))
        let began = ContinuousClock.now
        daemon.process.signal(SIGTERM)
        #expect(try await a.frame() == Shown.status(1))
        #expect(.now - began < .seconds(2))
        #expect(try await b.socket.closed() == .goingAway)
        #expect(b.socket.inbox.allSatisfy { $0 != .text(Array("41".utf8)) })
      }
    }

    @Test func `after a crash of live the sum is that of all gateways again`() async throws {
      try await withTwoGateways { stack, port, _ in
        let a = try await CounterClient.settled(stack)
        let b = try await CounterClient.settled(stack, port: port)
        _ = try await b.ask(#"["auth","Bea"]"#)
        #expect(try await a.frames(2) == [Shown.status(2), Shown.toast("Bea ist beigetreten.")])
        stack.kill(.live)
        _ = try await stack.daemon(.live).process.ended()
        try await stack.start(.live)
        while try await a.frame(beginning: #"42["status""#) != Shown.status(2) {}
        let names = try await stack.list("online_users", "name").map(\.first)
        #expect(names.count == 2 && names.contains(.string("Bea")))
      }
    }
  }
}
