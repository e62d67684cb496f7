import HTTP
import Loop
import Testing

extension ServerTests {
  @LoopActor
  struct RefusalTests {
    @Test func `a body that says it is too long is refused unread`() async throws {
      let (server, port) = try serve { _ in text("never") }
      let client = try await RawClient(port: port)
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n")
      let answer = await client.answer()
      #expect(answer?.status == 413)
      #expect(answer?.body == "refused: bodyTooLarge(limit: 65536)")
      await client.untilClosed()
      await server.drain(within: .seconds(5))
    }

    @Test func `the refusal reaches a client that sends its whole body first`() async throws {
      let (server, port) = try serve { _ in text("never") }
      let client = try await RawClient(port: port)
      let body = String(repeating: "x", count: 4_000_000)
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      #expect(await client.answer()?.status == 413)
      await server.drain(within: .seconds(5))
    }

    @Test func `a chunked body is counted while it is read`() async throws {
      let (server, port) = try serve(admit: { _ in .accept(maximumBody: 10) }) { _ in text("never") }
      let client = try await RawClient(port: port)
      client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n")
      client.send("8\r\n12345678\r\n")
      let answer = await client.answer()
      #expect(answer?.status == 413)
      #expect(answer?.body == "refused: bodyTooLarge(limit: 10)")
      await client.untilClosed()
      await server.drain(within: .seconds(5))
    }

    @Test func `too many header bytes and a long target have their own status`() async throws {
      let (server, port) = try serve { _ in text("never") }
      let wordy = try await RawClient(port: port)
      wordy.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "y", count: 8200))\r\n\r\n")
      let answer = await wordy.answer()
      #expect(answer?.status == 431)
      #expect(answer?.body == "refused: headersTooLarge")
      let long = try await RawClient(port: port)
      long.send("GET /\(String(repeating: "z", count: 5000)) HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await long.answer()?.body == "refused: targetTooLong")
      await server.drain(within: .seconds(5))
    }

    @Test func `more header bytes than there is memory for end in 431 as well`() async throws {
      let (server, port) = try serve { _ in text("never") }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "y", count: 100_000))\r\n\r\n")
      #expect(await client.answer()?.status == 431)
      await server.drain(within: .seconds(5))
    }

    @Test(arguments: [
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc",
      "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ])
    func `a request that two readers could understand differently is refused and the connection closed`(
      _ request: String
    ) async throws {
      let (server, port) = try serve { _ in text("never") }
      let client = try await RawClient(port: port)
      client.send(request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await client.answer()?.status == 400)
      await client.untilClosed()
      #expect(!client.text.contains("never"))
      await server.drain(within: .seconds(5))
    }

    @Test(arguments: [
      "\u{0}\u{1}\u{2}\r\n\r\n", "hello\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n\r\nPOST",
      "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\n: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\n\n",
    ])
    func `garbage ends its own connection and nothing else`(_ garbage: String) async throws {
      let (server, port) = try serve { _ in text("fine") }
      let client = try await RawClient(port: port)
      client.send(garbage)
      client.finishSending()
      await client.untilClosed()
      let other = try await RawClient(port: port)
      other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await other.answer()?.body == "fine")
      await server.drain(within: .seconds(5))
    }

    @Test func `a host is demanded as HTTP 1_1 does, in the application's words`() async throws {
      let (server, port) = try serve { _ in text("hello") }
      let nameless = try await RawClient(port: port)
      nameless.send("GET / HTTP/1.1\r\n\r\n")
      #expect(await nameless.answer()?.body == "refused: malformed")
      await nameless.untilClosed()
      let old = try await RawClient(port: port)
      old.send("GET / HTTP/1.0\r\n\r\n")
      #expect(await old.answer()?.body == "hello")
      await server.drain(within: .seconds(5))
    }

    @Test func `a target that is no UTF-8 is refused`() async throws {
      let (server, port) = try serve { _ in text("never") }
      let client = try await RawClient(port: port)
      client.send(bytes: Array("GET /".utf8) + [0xC3, 0x28] + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
      #expect(await client.answer()?.status == 400)
      await server.drain(within: .seconds(5))
    }

    @Test func `what admission refuses never reaches the handler, and a bodyless request keeps its connection`()
      async throws
    {
      let (server, port) = try serve(admit: { head in
        head.path == "/open" ? .accept(maximumBody: 0) : .refuse(text("no", status: 403))
      }) { _ in text("yes") }
      let client = try await RawClient(port: port)
      client.send("GET /shut HTTP/1.1\r\nHost: x\r\n\r\nGET /open HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await client.answer()?.status == 403)
      #expect(await client.answer()?.body == "yes")
      client.send("POST /shut HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
      #expect(await client.answer()?.status == 403)
      await client.untilClosed()
      await server.drain(within: .seconds(5))
    }

    @Test func `connections beyond the limit are answered 503`() async throws {
      var configuration = HTTPServerConfiguration()
      configuration.connectionLimit = 2
      let (server, port) = try serve(configuration) { _ in text("in") }
      let first = try await RawClient(port: port)
      let second = try await RawClient(port: port)
      for client in [first, second] {
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await client.answer()?.body == "in")
      }
      let third = try await RawClient(port: port)
      third.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await third.answer()?.body == "refused: overloaded")
      await third.untilClosed()
      first.close()
      second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await second.answer()?.body == "in")
      await server.drain(within: .seconds(5))
    }
  }
}
