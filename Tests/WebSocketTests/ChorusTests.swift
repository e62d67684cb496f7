import HTTP
import Kit
import Loop
import Testing

@testable import WebSocket

@LoopActor
struct ChorusTests {
  /// A server whose connections all join one chorus, with that many clients.
  @LoopActor private final class Hall {
    let chorus = WebSocketChorus()
    private(set) var members: [WebSocketConnection] = []
    private(set) var clients: [WebSocketClient] = []
    private var server: HTTPServer?

    init(clients count: Int, _ limits: WebSocketLimits = WebSocketLimits()) async throws {
      let server = HTTPServer(
        configuration: HTTPServerConfiguration(),
        admit: { _ in .accept(maximumBody: 0) },
        refusal: { refusal, _ in HTTPResponse(status: refusal.status) },
        handle: { request in
          WebSocketUpgrade(request.head)?.response(limits: limits) { [unowned self] in if let one = $0 { enter(one) } }
            ?? HTTPResponse(status: 400)
        }
      )
      self.server = server
      let port = try server.start()
      for _ in 0..<count { clients.append(try await WebSocketClient(port: port, path: "/")) }
    }

    private func enter(_ connection: WebSocketConnection) {
      #expect(chorus.add(connection))
      #expect(!chorus.add(connection))
      members.append(connection)
      connection.start()
    }

    func say(_ text: String) { chorus.send(frame: FrameWriter.shared.frame(.text, Array(text.utf8))) }

    func end() async {
      for client in clients { client.close() }
      await server?.drain(within: .seconds(1))
    }
  }

  private func texts(_ client: WebSocketClient, _ count: Int) async throws -> [String] {
    var texts: [String] = []
    for _ in 0..<count { texts.append(try await client.text()) }
    return texts
  }

  @Test func `what one is told alone keeps its place among what all are told`() async throws {
    let hall = try await Hall(clients: 3)
    hall.members[1].send(text: Array("0".utf8))
    hall.say("a")
    hall.members[0].send(text: Array("1".utf8))
    hall.say("b")
    hall.say("c")
    hall.members[0].send(text: Array("2".utf8))
    #expect(try await texts(hall.clients[0], 5) == ["a", "1", "b", "c", "2"])
    #expect(try await texts(hall.clients[1], 4) == ["0", "a", "b", "c"])
    #expect(try await texts(hall.clients[2], 3) == ["a", "b", "c"])
    hall.say("d")
    for client in hall.clients { #expect(try await client.text() == "d") }
    await hall.end()
  }

  @Test func `who leaves has what was said before, who comes has what is said after`() async throws {
    let hall = try await Hall(clients: 3)
    hall.say("a")
    hall.chorus.remove(hall.members[0])
    hall.say("b")
    #expect(hall.chorus.add(hall.members[0]))
    hall.say("c")
    hall.members[1].close()
    hall.say("d")
    #expect(hall.chorus.count == 2)
    #expect(try await texts(hall.clients[0], 3) == ["a", "c", "d"])
    #expect(try await texts(hall.clients[1], 3) == ["a", "b", "c"])
    #expect(try await hall.clients[1].closed() == .normal)
    #expect(try await texts(hall.clients[2], 4) == ["a", "b", "c", "d"])
    await hall.end()
  }

  @Test func `who takes a part gets the rest in order, and who takes nothing is dropped`() async throws {
    var limits = WebSocketLimits()
    limits.queuedFrames = 10_000
    let hall = try await Hall(clients: 3, limits)
    hall.clients[0].stopReading()
    hall.clients[2].stopReading()
    var ends: [WebSocketConnection.End] = []
    hall.members[2].closed = { ends.append($0) }
    let text = String(repeating: "x", count: 20_000)
    var said = 0
    while hall.members[0].queuedBytes < 100_000 {
      hall.say("\(said) \(text)")
      said += 1
      try #require(said < 10_000)
      #expect(try await hall.clients[1].text().hasPrefix("\(said - 1) "))
    }
    hall.clients[0].readAgain()
    for number in 0..<said { #expect(try await hall.clients[0].text().hasPrefix("\(number) ")) }
    hall.say("last")
    #expect(try await hall.clients[0].text() == "last")
    #expect(try await hall.clients[1].text() == "last")
    while ends.isEmpty, said < 20_000 {
      hall.say("\(said) \(text)")
      said += 1
      _ = try await (hall.clients[0].text(), hall.clients[1].text())
    }
    #expect(ends == [.overflow])
    #expect(hall.chorus.count == 2)
    hall.clients[2].cut()
    await hall.end()
  }
}
