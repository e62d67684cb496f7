import Kit
import Loop
import Testing

@Suite @LoopActor struct RawConnectionTests {
  /// A server that answers whatever comes with fixed bytes, in the given pieces.
  private func served<T>(_ pieces: [String], _ body: (Int) async throws -> T) async throws -> T {
    let address = try await SocketAddress.resolve(host: "127.0.0.1", port: 0)
    let listener = try TCPListener(on: address) { stream in
      stream.received = { _ in
        for piece in pieces { stream.write(Array(piece.utf8)) }
        stream.closeAfterWrites()
      }
    }
    defer { listener.close() }
    return try await body(listener.port)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a\r\nx: b\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: a\r\nx: b\r\n\r\n2\r\nhe\r\n3;e=1\r\nllo\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\r\nx: b\r\n\r\nhello",
  ])
  func `a response is read however its body is told`(bytes: String) async throws {
    let reply = try await served([bytes]) { try await TestClient(port: $0).get("/") }
    #expect(reply.status == 200)
    #expect(reply.text == "hello")
    #expect(reply.header("X") == "a")
    #expect(reply.headers.filter { $0.name.lowercased() == "x" }.map(\.value) == ["a", "b"])
  }

  @Test func `responses to pipelined requests come one by one`() async throws {
    let empty = "HTTP/1.1 204 No Content\r\n\r\n"
    try await served([empty + "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "tail\r\n"]) { port in
      let connection = try await RawConnection(port: port)
      connection.send("x")
      #expect(try await connection.reply().status == 204)
      #expect(try await connection.reply().text == "no")
      #expect(try await connection.line() == "tail")
      try await connection.closedByPeer()
    }
  }

  @Test func `a response cut short is an error, never a hang`() async throws {
    await #expect(throws: Overdue.self) {
      try await served(["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"]) { try await TestClient(port: $0).get("/") }
    }
  }
}
