import HTTP
import Loop
import Testing

extension ServerTests {
  @LoopActor
  struct LifetimeTests {
    @Test func `a client that leaves cancels its handler`() async throws {
      let gate = Gate()
      let (server, port) = try serve { _ in
        await gate.pass()
        return text("dropped")
      }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      await gate.until { $0.arrived == 1 }
      client.close()
      await gate.until { $0.cancelled == 1 }
      await server.drain(within: .seconds(5))
      #expect(server.openConnections == 0)
      #expect(server.activeRequests == 0)
    }

    @Test func `a client that shut its side with the request is answered and let go`() async throws {
      let (server, port) = try serve { _ in text("at once") }
      let client = try HalfClosingClient(port: port, request: "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await client.everything().hasSuffix("at once"))
      await server.drain(within: .seconds(5))
    }

    @Test func `half a request and a close leave nothing behind`() async throws {
      let (server, port) = try serve { _ in text("never") }
      for half in ["GET / HT", "GET / HTTP/1.1\r\nHost", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"] {
        let client = try await RawClient(port: port)
        client.send(half)
        client.finishSending()
        await client.untilClosed()
        #expect(client.text.isEmpty)
      }
      await server.drain(within: .seconds(5))
      #expect(server.openConnections == 0)
    }

    @Test func `a drain waits for the request in hand and closes what rests`() async throws {
      let gate = Gate()
      let (server, port) = try serve { request in
        if request.path == "/slow" { await gate.pass() }
        return text("answered")
      }
      let resting = try await RawClient(port: port)
      resting.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await resting.answer()?.body == "answered")
      let busy = try await RawClient(port: port)
      busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
      await gate.until { $0.arrived == 1 }
      let drained = onLoop { await server.drain(within: .seconds(10)) }
      await resting.untilClosed()
      #expect(!busy.isClosed)
      gate.open()
      let answer = await busy.answer()
      #expect(answer?.body == "answered")
      #expect(answer?.head.contains("Connection: close\r\n") == true)
      await drained.value
      #expect(server.openConnections == 0)
      await #expect(throws: SocketError.self) { _ = try await RawClient(port: port) }
    }

    @Test func `a drain that runs out of time cancels and closes`() async throws {
      let gate = Gate()
      let (server, port) = try serve { _ in
        await gate.pass()
        return text("too late")
      }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      await gate.until { $0.arrived == 1 }
      await server.drain(within: .milliseconds(20))
      await gate.until { $0.cancelled == 1 }
      await client.untilClosed()
      #expect(client.text.isEmpty)
      #expect(server.openConnections == 0)
      #expect(server.activeRequests == 0)
    }

    @Test func `a port in use is an error, not a crash`() async throws {
      let (server, port) = try serve { _ in text("mine") }
      var configuration = HTTPServerConfiguration()
      configuration.port = port
      #expect(throws: SocketError.self) { _ = try serve(configuration) { _ in text("theirs") } }
      await server.drain(within: .seconds(5))
    }
  }
}
