import Loop
import Testing

@testable import DeliveryCore
@testable import Outgoing

@Suite struct ConnectionPaceTests {
  private var pace = ConnectionPace(most: 20)

  private mutating func places() -> Int {
    var count = 0
    while pace.begin() != nil { count += 1 }
    return count
  }

  @Test mutating func `few go out before one was answered`() {
    #expect(places() == 6)
    pace.end(.fresh, .closes)
    #expect(places() == 1)
  }

  @Test mutating func `a connection that stays carries one more, and so do all`() {
    #expect(places() == 6)
    for _ in 0..<6 { pace.end(.fresh, .stays) }
    #expect(places() == 12)
    for _ in 0..<6 { pace.end(.kept, .stays) }
    #expect(places() == 6)
    for _ in 0..<6 { pace.end(.kept, .closes) }
    #expect(places() == 0)
    for _ in 0..<6 { pace.end(.fresh, .closes) }
    #expect(places() == 6)
  }

  @Test mutating func `silence lets more and more out, but never more than the most`() {
    #expect(places() == 6)
    pace.keptSilent()
    #expect(places() == 6)
    pace.keptSilent()
    #expect(places() == 8)
    pace.keptSilent()
    #expect(places() == 0)
  }

  @Test mutating func `a failure takes it back, and so does rest`() {
    pace.keptSilent()
    #expect(places() == 12)
    pace.end(.fresh, .closes)
    #expect(places() == 1)
    for _ in 0..<7 { pace.end(.fresh, .failed) }
    #expect(places() == 1)
    pace.keptSilent()
    pace.rest()
    #expect(places() == 0)
  }

  @LoopActor @Test func `who waits goes in order, and who is cancelled goes away`() async throws {
    final class Server {
      var asked: [String] = []
      var open: [UnsafeContinuation<Void, Never>] = []
    }
    let server = Server()
    let sender = PacedSender(most: 20) { request throws(OutgoingError) in
      server.asked.append(request.url)
      await withUnsafeContinuation { server.open.append($0) }
      return OutgoingResponse(status: 200, head: [], body: [], staysOpen: false)
    }
    let tasks = (0..<9).map { number in
      onLoop { () -> Int? in try? await sender.send(OutgoingRequest("GET", "\(number)")).status }
    }
    while server.open.count < 6 { await Task.yield() }
    tasks[7].cancel()
    #expect(await tasks[7].value == nil)
    while !server.open.isEmpty || server.asked.count < 8 {
      if !server.open.isEmpty { server.open.removeFirst().resume() }
      await Task.yield()
    }
    for (number, task) in tasks.enumerated() where number != 7 { #expect(await task.value == 200) }
    #expect(server.asked == [0, 1, 2, 3, 4, 5, 6, 8].map { "\($0)" })
  }
}
