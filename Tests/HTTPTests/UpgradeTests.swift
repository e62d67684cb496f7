import Glibc
import HTTP
import Loop
import Testing

extension ServerTests {
  @LoopActor
  struct UpgradeTests {
    @Test func `an upgrade gives the socket and the early bytes away, and the server forgets it`() async throws {
      var taken: UpgradedSocket?
      let (server, port) = try serve { _ in
        .upgrade(headers: [("Upgrade", "echo")]) { taken = $0 }
      }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly")
      let answer = await client.answer()
      #expect(answer?.status == 101)
      let socket = try #require(taken)
      #expect(socket.early == Array("early".utf8))
      await server.drain(within: .seconds(5))
      #expect(server.openConnections == 0)
      #expect(send(socket.descriptor, "later", 5, Int32(MSG_NOSIGNAL)) == 5)
      await client.wait { client.text == "later" }
      close(socket.descriptor)
      await client.untilClosed()
      #expect(client.text == "later")
    }

    @Test func `an upgrade that cannot be sent is told to its taker`() async throws {
      var asked = 0
      let (server, port) = try serve { _ in
        .upgrade(headers: [("Upgrade", "echo")]) { if $0 == nil { asked += 1 } }
      }
      let client = try await RawClient(port: port)
      client.send("GET / HTTP/1.0\r\nHost: x\r\n\r\n")
      await client.untilClosed()
      #expect(asked == 1)
      await server.drain(within: .seconds(5))
    }
  }
}
