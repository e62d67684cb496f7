import Testing

@testable import GatewayCore

@Suite struct ListenLimitTests {
  private let small = ListenLimits.Most(all: 4, perAddress: 3, perUser: 3, perUserAndRoom: 2)

  @Test func `connections are counted by address and in all`() {
    var limits = ListenLimits(small)
    #expect((0..<3).allSatisfy { _ in limits.open(from: "a") })
    let (fourth, other, fifth) = (limits.open(from: "a"), limits.open(from: "b"), limits.open(from: "b"))
    #expect(!fourth && other && !fifth)
    limits.close(from: "a")
    let again = limits.open(from: "b")
    #expect(again && limits.all == 4)
  }

  @Test func `listeners are counted by user, and by user and room`() {
    var limits = ListenLimits(small)
    let firsts = [limits.enter("ann", room: "r"), limits.enter("ann", room: "r"), limits.enter("ann", room: "r")]
    #expect(firsts == [true, true, false])
    let others = [limits.enter("ann", room: "s"), limits.enter("ann", room: "t"), limits.enter("bob", room: "r")]
    #expect(others == [true, false, true])
    limits.leave("ann", room: "r")
    let again = limits.enter("ann", room: "t")
    #expect(again)
  }

  @Test func `a backlog is bounded in events and bytes, unless nothing waits`() {
    var backlog = Backlog()
    let large = backlog.admits(events: 300, bytes: 2 << 20, queued: 0)
    #expect(large)
    let behind = backlog.admits(events: 1, bytes: 1, queued: 10)
    #expect(!behind)
    let caughtUp = backlog.admits(events: 256, bytes: 100, queued: 0)
    #expect(caughtUp)
    var bytes = Backlog()
    let full = bytes.admits(events: 1, bytes: 100, queued: (1 << 20) - 100)
    let over = bytes.admits(events: 1, bytes: 101, queued: (1 << 20) - 100)
    #expect(full && !over)
  }
}
