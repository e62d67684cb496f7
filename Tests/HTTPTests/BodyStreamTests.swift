import HTTP
import Loop
import Testing

extension ServerTests {
  @LoopActor
  struct BodyStreamTests {
    @Test func `a stream sends what its producer appends, as chunks, until it ends`() async throws {
      let stream = BodyStream()
      let (server, port) = try serve { _ in HTTPResponse(status: 200, stream: stream) }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      let head = await client.answer(hasBody: false)
      #expect(head?.head.contains("Transfer-Encoding: chunked\r\n") == true)
      stream.append(Array("one".utf8))
      await client.wait { client.text == "3\r\none\r\n" }
      #expect(stream.queuedBytes == 0)
      stream.append(Array("two".utf8))
      stream.finish()
      await client.wait { client.text.hasSuffix("0\r\n\r\n") }
      #expect(client.text == "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
      await server.drain(within: .seconds(5))
    }

    @Test func `the producer learns that its client left`() async throws {
      let stream = BodyStream()
      let (server, port) = try serve { _ in HTTPResponse(status: 200, stream: stream) }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = await client.answer(hasBody: false)
      await withCheckedContinuation { continuation in
        stream.closed = { continuation.resume() }
        client.close()
      }
      #expect(!stream.isOpen)
      stream.append([1])
      #expect(stream.queuedBytes == 0)
      await server.drain(within: .seconds(5))
    }

    @Test func `a client that does not read makes the queue grow, and its end empties it`() async throws {
      let stream = BodyStream()
      let (server, port) = try serve { _ in HTTPResponse(status: 200, stream: stream) }
      let client = try SilentClient(port: port, request: "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      for _ in 0..<64 {
        stream.append([UInt8](repeating: 65, count: 1 << 20))
        await Task.yield()
      }
      #expect(stream.queuedBytes > 1 << 20)
      await withCheckedContinuation { continuation in
        stream.closed = { continuation.resume() }
        client.close()
      }
      #expect(stream.queuedBytes == 0)
      await server.drain(within: .seconds(5))
    }

    @Test func `a drain at its deadline cuts a stream`() async throws {
      let stream = BodyStream()
      let (server, port) = try serve { _ in HTTPResponse(status: 200, stream: stream) }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = await client.answer(hasBody: false)
      await server.drain(within: .milliseconds(20))
      await client.untilClosed()
      #expect(!stream.isOpen)
    }
  }
}
