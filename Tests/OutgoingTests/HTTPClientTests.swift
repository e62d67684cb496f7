import Kit
import Loop
import Outgoing
import Testing

private let empty = "HTTP/1.1 204 No Content\r\n\r\n"

@Suite struct HTTPClientTests {
  @LoopActor private func failure(_ client: HTTPClient, _ request: OutgoingRequest) async -> OutgoingError? {
    do {
      _ = try await client.send(request)
      return nil
    } catch {
      return error
    }
  }

  @LoopActor @Test func `a request arrives as it was made and its answer comes back`() async throws {
    let server = try LoopbackServer.answering("HTTP/1.1 201 Created\r\nX-Id:  7 \r\nContent-Length: 5\r\n\r\nhello")
    let client = HTTPClient()
    let response = try await client.send(
      OutgoingRequest("POST", server.url + "/x?y=z", headers: [("X-One", "1"), ("X-None", "")], body: Array("{}".utf8))
    )
    #expect(response.status == 201)
    #expect(response.header("x-id") == "7")
    #expect(response.body == Array("hello".utf8))
    let request = server.inputs[0]
    #expect(request.hasPrefix("POST /x?y=z HTTP/1.1\r\n"))
    #expect(request.contains("X-One: 1\r\n") && request.contains("X-None:\r\n"))
    #expect(request.contains("Content-Length: 2\r\n") && request.hasSuffix("\r\n\r\n{}"))
    #expect(!request.contains("Content-Type") && !request.contains("Expect"))
    client.close()
    server.close()
  }

  @LoopActor @Test func `a handle that is used again carries nothing over`() async throws {
    let server = try LoopbackServer.answering { request in
      let lines = request.split(separator: "\r\n", omittingEmptySubsequences: false)
      let marks = lines.filter { $0.hasPrefix("X-") }.joined(separator: " ")
      let last = lines.last ?? ""
      return "HTTP/1.1 200 OK\r\nX-Seen: \(marks)\r\nContent-Length: \(last.utf8.count)\r\n\r\n\(last)"
    }
    let client = HTTPClient()
    let url = server.url
    func sent(_ method: String, _ mark: String?, _ body: String = "") async throws -> OutgoingResponse {
      let headers = mark.map { [("X-Mark", $0)] } ?? []
      return try await client.send(OutgoingRequest(method, url, headers: headers, body: Array(body.utf8)))
    }
    for (mark, body) in [("1", "first"), ("1", "second, longer"), ("2", ""), (nil, "3")] as [(String?, String)] {
      let response = try await sent("POST", mark, body)
      #expect(response.body == Array(body.utf8))
      #expect(response.header("x-seen") == (mark.map { "X-Mark: \($0)" } ?? ""))
      #expect(response.headers.count == 2)
    }
    #expect(try await sent("GET", nil).body.isEmpty)
    #expect(try await sent("HEAD", nil).status == 200)
    #expect(try await sent("POST", "4", "last").body == Array("last".utf8))
    client.close()
    server.close()
  }

  @LoopActor @Test(arguments: ["GET", "HEAD", "DELETE", "PUT", "PATCH", "POST"])
  func `every method travels, with and without a body`(method: String) async throws {
    let server = try LoopbackServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    let client = HTTPClient()
    #expect(try await client.send(OutgoingRequest(method, server.url)).status == 200)
    #expect(server.inputs[0].hasPrefix(method + " / HTTP/1.1\r\n"))
    if method != "HEAD" {
      #expect(try await client.send(OutgoingRequest(method, server.url, body: [0x61])).status == 200)
      #expect(server.inputs[0].hasSuffix("\r\n\r\na"))
    }
    client.close()
    server.close()
  }

  @LoopActor @Test func `a large body arrives whole`() async throws {
    let server = try LoopbackServer.answering { request in
      "HTTP/1.1 200 OK\r\nContent-Length: \(request.utf8.count)\r\n\r\n" + request
    }
    let client = HTTPClient()
    let body = [UInt8](repeating: 0x61, count: 1_500_000)
    let request = OutgoingRequest("POST", server.url, body: body, maximumBytes: 2_000_000)
    let response = try await client.send(request)
    #expect(response.body.suffix(body.count) == body[...])
    client.close()
    server.close()
  }

  @LoopActor @Test func `connections are kept, and many requests share few`() async throws {
    let server = try LoopbackServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    let client = HTTPClient(connectionsPerHost: 4)
    let url = server.url
    for _ in 0..<3 { #expect(try await client.send(OutgoingRequest("GET", url)).status == 200) }
    #expect(server.connections == 1)
    let tasks = (0..<200).map { _ in onLoop { try? await client.send(OutgoingRequest("GET", url)).status } }
    for task in tasks { #expect(await task.value == 200) }
    #expect(server.connections <= 4)
    client.close()
    server.close()
  }

  @LoopActor @Test(.timeLimit(.minutes(1)))
  func `a silent server costs the deadline and no more, also in the line for a connection`()
    async throws
  {
    let server = try LoopbackServer { _, _, _ in }
    let client = HTTPClient(connectionsPerHost: 1)
    let request = OutgoingRequest("GET", server.url, deadline: .milliseconds(150))
    let tasks = (0..<3).map { _ in onLoop { await self.failure(client, request) } }
    for task in tasks { #expect(await task.value == .timedOut) }
    client.close()
    server.close()
  }

  @LoopActor @Test func `a body past the bound is refused, announced or not`() async throws {
    let announced = try LoopbackServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world")
    let chunk = "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"
    let chunked = try LoopbackServer.answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
    let client = HTTPClient()
    for server in [announced, chunked] {
      #expect(await failure(client, OutgoingRequest("GET", server.url, maximumBytes: 10)) == .tooLarge)
      let response = try await client.send(OutgoingRequest("GET", server.url, maximumBytes: 11))
      #expect(response.body == Array("hello world".utf8))
      server.close()
    }
    client.close()
  }

  @LoopActor @Test func `endless headers are refused`() async throws {
    let server = try LoopbackServer.answering(
      "HTTP/1.1 200 OK\r\n" + String(repeating: "X-A: \(String(repeating: "a", count: 1000))\r\n", count: 70) + "\r\n"
    )
    let client = HTTPClient()
    #expect(await failure(client, OutgoingRequest("GET", server.url)) == .tooLarge)
    client.close()
    server.close()
  }

  @LoopActor @Test func `nobody there, nonsense and a broken connection each have their word`() async throws {
    let gone = try LoopbackServer { _, _, _ in }
    let url = gone.url
    gone.close()
    let client = HTTPClient()
    guard case .unreachable = await failure(client, OutgoingRequest("GET", url)) else {
      return #expect(Bool(false), "a closed port must be unreachable")
    }
    let rude = try LoopbackServer { _, stream, _ in stream.close() }
    let nonsense = try LoopbackServer.answering("220 smtp.example.org\r\n\r\n")
    let cut = try LoopbackServer { _, stream, _ in
      stream.write(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".utf8))
      stream.closeAfterWrites()
    }
    for server in [rude, nonsense, cut] {
      let error = await failure(client, OutgoingRequest("GET", server.url))
      guard case .broken = error else {
        #expect(Bool(false), "\(String(describing: error))")
        continue
      }
      server.close()
    }
    client.close()
  }

  @LoopActor @Test func `a plain server is not mistaken for a secure one`() async throws {
    let server = try LoopbackServer { _, stream, _ in stream.write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8)) }
    let client = HTTPClient()
    let error = await failure(client, OutgoingRequest("GET", "https://127.0.0.1:\(server.port)"))
    guard case .insecure = error else { return #expect(Bool(false), "\(String(describing: error))") }
    client.close()
    server.close()
  }

  @LoopActor @Test func `a redirect is the answer unless it is wanted, and leads to HTTP only`() async throws {
    let target = try LoopbackServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    let url = target.url
    let server = try LoopbackServer.answering(
      "HTTP/1.1 302 Found\r\nLocation: \(url)/\r\nX-Old: 1\r\nContent-Length: 0\r\n\r\n"
    )
    let outside = try LoopbackServer.answering(
      "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
    )
    let client = HTTPClient()
    #expect(try await client.send(OutgoingRequest("GET", server.url)).header("location") == url + "/")
    let followed = try await client.send(OutgoingRequest("GET", server.url, redirects: 1))
    #expect(followed.status == 200 && followed.header("x-old") == nil)
    guard case .broken = await failure(client, OutgoingRequest("GET", outside.url, redirects: 1)) else {
      return #expect(Bool(false), "a redirect to a file must be refused")
    }
    client.close()
    for server in [target, server, outside] { server.close() }
  }

  @LoopActor @Test func `HTTP/2 with prior knowledge opens with its preface`() async throws {
    let (prefaces, seen) = AsyncStream<String>.makeStream()
    let server = try LoopbackServer { input, stream, _ in
      seen.yield(String(decoding: input.utf8.prefix(24), as: UTF8.self))
      stream.close()
    }
    let client = HTTPClient()
    let error = await failure(client, OutgoingRequest("POST", server.url, http2: .priorKnowledge))
    #expect(error != nil)
    var iterator = prefaces.makeAsyncIterator()
    #expect(await iterator.next() == "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    client.close()
    server.close()
  }

  @LoopActor @Test func `cancelling ends the transfer and its connection`() async throws {
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    let server = try LoopbackServer { _, _, _ in arrived.yield() }
    let client = HTTPClient()
    let url = server.url
    let task = onLoop { await self.failure(client, OutgoingRequest("GET", url, deadline: .seconds(60))) }
    for await _ in arrivals { break }
    task.cancel()
    #expect(await task.value == .cancelled)
    await server.connectionClosed()
    client.close()
    server.close()
  }

  @LoopActor @Test func `closing the client ends what is under way and what comes later`() async throws {
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    let server = try LoopbackServer { _, _, _ in arrived.yield() }
    let client = HTTPClient()
    let request = OutgoingRequest("GET", server.url, deadline: .seconds(60))
    let task = onLoop { await self.failure(client, request) }
    for await _ in arrivals { break }
    client.close()
    #expect(await task.value == .cancelled)
    #expect(await failure(client, request) == .cancelled)
    await server.connectionClosed()
    client.close()
    server.close()
  }

  @LoopActor @Test func `no text of a caller becomes protocol`() async throws {
    let client = HTTPClient()
    let url = "http://127.0.0.1:1/"
    let bad = [
      OutgoingRequest("GET / HTTP/1.1\r\nX:", url), OutgoingRequest("", url), OutgoingRequest("GET", ""),
      OutgoingRequest("GET", url + "\r\nX: 1"), OutgoingRequest("GET", url + "\0"),
      OutgoingRequest("GET", "http://a b/"),
      OutgoingRequest("GET", url, headers: [("X", "1\r\nY: 2")]),
      OutgoingRequest("GET", url, headers: [("X: 1\r\nY", "2")]),
      OutgoingRequest("GET", url, headers: [("", "2")]), OutgoingRequest("GET", url, headers: [("X", "\0")]),
      OutgoingRequest("GET", "file:///etc/passwd"), OutgoingRequest("GET", "smtp://127.0.0.1:1/"),
      OutgoingRequest("GET", "gopher://127.0.0.1:1/"), OutgoingRequest("GET", "http://"),
    ]
    for request in bad {
      let error = await failure(client, request)
      guard case .invalid = error else {
        #expect(Bool(false), "\(request.method) \(request.url): \(String(describing: error))")
        continue
      }
    }
    client.close()
  }

  @LoopActor @Test func `a client for the public internet does not reach this machine`() async throws {
    let server = try LoopbackServer.answering(empty)
    let client = HTTPClient(reach: .publicOnly)
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"] {
      let error = await failure(client, OutgoingRequest("GET", "http://\(host):\(server.port)/"))
      guard case .unreachable = error else {
        #expect(Bool(false), "\(host): \(String(describing: error))")
        continue
      }
    }
    #expect(server.connections == 0)
    client.close()
    server.close()
  }
}
