import Loop
import Testing

@testable import HTTP

extension ServerTests {
  @LoopActor
  struct PatienceTests {
    private static func short() -> HTTPServerConfiguration {
      var configuration = HTTPServerConfiguration()
      configuration.headerTimeout = .milliseconds(120)
      configuration.bodyTimeout = .milliseconds(120)
      configuration.idleTimeout = .milliseconds(120)
      return configuration
    }

    @Test func `headers that drip are cut off at the deadline`() async throws {
      let (server, port) = try serve(PatienceTests.short()) { _ in text("never") }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\n")
      let dripping = drip("X-A: b\r\n", into: client)
      await client.untilClosed()
      dripping.cancel()
      #expect(client.text.hasPrefix("HTTP/1.1 408 "))
      #expect(client.text.hasSuffix("refused: timeout"))
      await server.drain(within: .seconds(5))
    }

    @Test func `a request line that drips is cut off too, without a word`() async throws {
      let (server, port) = try serve(PatienceTests.short()) { _ in text("never") }
      let client = try await RawClient(port: port)
      let dripping = drip("G", into: client)
      await client.untilClosed()
      dripping.cancel()
      #expect(client.text.isEmpty)
      await server.drain(within: .seconds(5))
    }

    @Test func `a body that drips is cut off`() async throws {
      let (server, port) = try serve(PatienceTests.short()) { _ in text("never") }
      let client = try await RawClient(port: port)
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
      let dripping = drip("b", into: client)
      await client.untilClosed()
      dripping.cancel()
      #expect(client.text.hasPrefix("HTTP/1.1 408 "))
      await server.drain(within: .seconds(5))
    }

    @Test func `a connection that rests is closed, one that waits for its answer is not`() async throws {
      let gate = Gate()
      let (server, port) = try serve(PatienceTests.short()) { request in
        if request.path == "/slow" { await gate.pass() }
        return text("done")
      }
      let slow = try await RawClient(port: port)
      slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
      await gate.until { $0.arrived == 1 }
      let resting = try await RawClient(port: port)
      resting.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await resting.answer()?.body == "done")
      await resting.untilClosed()
      gate.open()
      #expect(await slow.answer()?.body == "done")
      await server.drain(within: .seconds(5))
    }

    private func drip(_ piece: String, into client: RawClient) -> Task<Void, Never> {
      onLoop {
        while !client.isClosed, !Task.isCancelled {
          client.send(piece)
          try? await pause(for: .milliseconds(10))
        }
      }
    }

    @Test func `arriving bytes never move a deadline`() {
      let limits = ConnectionPatience.Limits(header: 10, idle: 75, body: 30)
      var patience = ConnectionPatience(accepted: 100, limits: limits)
      #expect(patience.deadline == 110)
      patience.began(at: 105, limits: limits)
      #expect(patience.deadline == 110)
      patience.headersDone(at: 106, limits: limits)
      #expect(patience.deadline == 136)
      patience.requestDone()
      #expect(patience.phase == .answering)
      #expect(patience.deadline == .max)
      patience.answered(at: 200, limits: limits)
      #expect(patience.deadline == 275)
      patience.began(at: 260, limits: limits)
      #expect(patience.deadline == 270)
    }
  }
}
