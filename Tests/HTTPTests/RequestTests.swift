import HTTP
import Loop
import Testing

extension ServerTests {
  @LoopActor
  struct RequestTests {
    @Test func `a connection serves requests sent one behind the other in their order`() async throws {
      let (server, port) = try serve { text("\($0.path)?\($0.query ?? "-")") }
      let client = try await RawClient(port: port)
      client.send(
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b%20c?q=%31 HTTP/1.1\r\nHost: x\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n"
      )
      #expect(await client.answer()?.body == "/a?-")
      #expect(await client.answer()?.body == "/b%20c?q=%31")
      #expect(await client.answer()?.body == "/d?-")
      client.send("GET /e HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await client.answer()?.body == "/e?-")
      #expect(server.openConnections == 1)
      await server.drain(within: .seconds(5))
    }

    @Test func `a handler may wait, and requests behind it wait too`() async throws {
      let gate = Gate()
      let (server, port) = try serve { request in
        if request.path == "/slow" { await gate.pass() }
        return text(request.path)
      }
      let slow = try await RawClient(port: port)
      slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n")
      await gate.until { $0.arrived == 1 }
      let other = try await RawClient(port: port)
      other.send("GET /other HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await other.answer()?.body == "/other")
      #expect(server.activeRequests == 1)
      gate.open()
      #expect(await slow.answer()?.body == "/slow")
      #expect(await slow.answer()?.body == "/next")
      await server.drain(within: .seconds(5))
      #expect(server.activeRequests == 0)
    }

    @Test func `a client that shuts its side after the request is answered`() async throws {
      let (server, port) = try serve { _ in
        await EventLoop.shared.offload {}
        return text("late")
      }
      let client = try HalfClosingClient(port: port, request: "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await client.everything().hasSuffix("late"))
      await server.drain(within: .seconds(5))
    }

    @Test func `HEAD has the length of GET and no body`() async throws {
      let (server, port) = try serve { text("\($0.method.name)") }
      let client = try await RawClient(port: port)
      client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
      let head = await client.answer(hasBody: false)
      #expect(head?.head.contains("Content-Length: 4\r\n") == true)
      #expect(await client.answer()?.body == "GET")
      await server.drain(within: .seconds(5))
    }

    @Test func `bodies arrive whole, by length and in chunks`() async throws {
      let (server, port) = try serve { HTTPResponse(status: 200, body: $0.body) }
      let client = try await RawClient(port: port)
      let long = String(repeating: "0123456789", count: 6000)
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(long.count)\r\n\r\n\(long)")
      #expect(await client.answer()?.body == long)
      client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
      #expect(await client.answer()?.body == "abcde")
      await server.drain(within: .seconds(5))
    }

    @Test func `a client that asks before it sends is told to go on`() async throws {
      let (server, port) = try serve { HTTPResponse(status: 200, body: $0.body) }
      let client = try await RawClient(port: port)
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
      #expect(await client.answer()?.status == 100)
      client.send("hi")
      #expect(await client.answer()?.body == "hi")
      await server.drain(within: .seconds(5))
    }

    @Test func `HTTP 1_0 closes unless asked to stay`() async throws {
      let (server, port) = try serve { _ in text("old") }
      let staying = try await RawClient(port: port)
      staying.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(await staying.answer()?.body == "old")
      staying.send("GET / HTTP/1.0\r\n\r\n")
      #expect(await staying.answer()?.body == "old")
      await staying.untilClosed()
      await server.drain(within: .seconds(5))
    }

    @Test func `headers reach the handler in order and a line break never leaves`() async throws {
      let (server, port) = try serve { request in
        HTTPResponse(
          status: 200,
          headers: [("X-Bad", "a\r\nSet-Cookie: stolen=1"), ("X-Good", "1")],
          body: Array(request.headers.all("x-MANY").joined(separator: "+").utf8)
        )
      }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Many: a\r\nx-many: b\r\n\r\n")
      let answer = await client.answer()
      #expect(answer?.body == "a+b")
      #expect(answer?.head.contains("stolen") == false)
      #expect(answer?.head.contains("X-Good: 1\r\n") == true)
      #expect(answer?.head.contains("Date: ") == true)
      #expect(answer?.head.contains("Server:") == false)
      await server.drain(within: .seconds(5))
    }

    @Test func `a thousand clients at once are all answered`() async throws {
      let (server, port) = try serve { request in
        await EventLoop.shared.offload {}
        return text(request.path)
      }
      let clients = try await connect(1000, to: port)
      for (number, client) in clients.enumerated() { client.send("GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n") }
      for (number, client) in clients.enumerated() { #expect(await client.answer()?.body == "/\(number)") }
      #expect(server.openConnections == 1000)
      await server.drain(within: .seconds(5))
    }

    private func connect(_ count: Int, to port: Int) async throws -> [RawClient] {
      var clients: [RawClient] = []
      for _ in 0..<count { clients.append(try await RawClient(port: port)) }
      return clients
    }
  }
}
