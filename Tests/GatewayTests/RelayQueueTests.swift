import JSON
import Testing
import Wire

@testable import GatewayCore

@Suite struct RelayQueueTests {
  private let start = ContinuousClock.now

  private func act(_ kind: Live.Act.Kind, _ connection: Int = 1) -> Live.Act { Live.Act(kind, on: connection) }

  private func attached() -> RelayQueue {
    var queue = RelayQueue()
    _ = queue.attach()
    _ = queue.attached(stored: [])
    return queue
  }

  @Test func `nothing is sent before live knows who is connected`() {
    var queue = RelayQueue()
    _ = queue.add(act(.connect), at: start)
    #expect(queue.nextRelay() == nil)
    #expect(queue.attach() == [])
    #expect(queue.nextRelay() == nil)
    #expect(queue.attached(stored: []) == [])
    #expect(queue.nextRelay()?.acts == [act(.connect)])
  }

  @Test func `acts are numbered through, and outcomes find their tickets`() {
    var queue = attached()
    let tickets = [Live.Act.Kind.connect, .auth, .click].map { queue.add(act($0), at: start) }
    #expect(queue.nextRelay()?.first == 1)
    let fourth = queue.add(act(.click), at: start)
    #expect(queue.nextRelay()?.first == 4)
    let settled = queue.answered(1, [.done, .named("Ann"), .refused(.rateLimited)])
    #expect(settled.map(\.ticket) == tickets)
    #expect(settled.map(\.outcome) == [.done, .named("Ann"), .refused(.rateLimited)])
    #expect(queue.answered(4, [.done]).map(\.ticket) == [fourth])
    #expect(queue.answered(4, [.done]) == [])
    #expect(queue.count == 0)
  }

  @Test func `only some relays are under way at once`() {
    var queue = attached()
    var relays = 0
    for _ in 0..<10 {
      _ = queue.add(act(.click), at: start)
      if queue.nextRelay() != nil { relays += 1 }
    }
    #expect(relays == 4)
    _ = queue.answered(1, [.done])
    #expect(queue.nextRelay()?.acts.count == 6)
  }

  @Test func `after a failure clicks that were stored are done and the others go again, first`() {
    var queue = attached()
    let kinds: [Live.Act.Kind] = [.connect, .click, .click, .event, .auth, .leave]
    let tickets = kinds.map { queue.add(act($0), at: start) }
    _ = queue.nextRelay()
    queue.lost()
    _ = queue.add(act(.leave), at: start)
    #expect(queue.answered(1, []) == [])
    #expect(queue.attach() == [2, 3])
    // Below it lies whatever went out before.
    #expect(queue.nextNumber == 7)
    let settled = queue.attached(stored: [2])
    #expect(settled.map(\.ticket) == [tickets[0], tickets[1], tickets[3], tickets[5]])
    #expect(settled.map(\.outcome) == [.done, .done, .refused(.unavailable), .done])
    let again = queue.nextRelay()
    #expect(again?.acts.map(\.kind) == [.click, .auth, .leave])
    #expect(again?.first == 7)
    #expect(queue.answered(7, [.done, .done, .done]).map(\.ticket) == [tickets[2], tickets[4], 7])
  }

  @Test func `a failed attach asks for the same clicks again`() {
    var queue = attached()
    _ = queue.add(act(.click), at: start)
    _ = queue.nextRelay()
    queue.lost()
    #expect(queue.attach() == [1])
    #expect(queue.attach() == [1])
  }

  @Test func `what waits too long for live is refused, names are not`() {
    var queue = RelayQueue()
    let kinds: [Live.Act.Kind] = [.click, .auth, .event, .connect]
    let tickets = kinds.map { queue.add(act($0), at: start) }
    #expect(queue.expire(at: start + RelayQueue.patience) == [])
    let late = queue.expire(at: start + RelayQueue.patience + .milliseconds(1))
    #expect(late.map(\.ticket) == [tickets[0], tickets[2]])
    #expect(late.allSatisfy { $0.outcome == .refused(.unavailable) })
    #expect(queue.count == 2)
  }
}

@Suite struct FloodGuardTests {
  private let start = ContinuousClock.now
  private let limit = FloodGuard.Limit(perSecond: 200, seconds: 5)

  /// The second in which a client that sends so many messages each second is found.
  private func found(_ perSecond: Int, seconds: Int, pauseAt: Int? = nil) -> Int? {
    var flood = FloodGuard()
    for second in 0..<seconds where second != pauseAt {
      for message in 0..<perSecond {
        let now = start + .seconds(second) + .microseconds(message * 1_000_000 / perSecond)
        if flood.isFlooded(limit, at: now) { return second }
      }
    }
    return nil
  }

  @Test func `more than two hundred a second for five seconds is a flood`() {
    #expect(found(201, seconds: 20) == 4)
    #expect(found(1000, seconds: 20) == 4)
    #expect(found(200, seconds: 60) == nil)
    #expect(found(30, seconds: 60) == nil)
  }

  @Test func `a burst is none, and a pause ends the row`() {
    #expect(found(100_000, seconds: 1) == nil)
    #expect(found(300, seconds: 8, pauseAt: 3) == nil)
  }
}
