import Testing
import Wire

@testable import GatewayCore

@Suite struct RoomFeedTests {
  private func line(_ id: Int, after previous: Int) -> FeedLine {
    FeedLine(id: id, previous: previous, sender: UserID("ann"), entry: [0x78])
  }
  private func ids(_ step: RoomFeed.Step) -> [Int] { step.lines.map(\.id) }

  /// A feed that somebody has joined when the room stood at an id.
  private func feed(at id: Int) -> RoomFeed {
    var feed = RoomFeed()
    feed.beginJoin()
    #expect(feed.since(id) == [])
    feed.endJoin()
    return feed
  }

  @Test func `events in order are delivered as they come, doubles once`() {
    var feed = feed(at: 3)
    #expect(ids(feed.posted(line(5, after: 3))) == [5])
    #expect(feed.posted(line(5, after: 3)) == RoomFeed.Step())
    #expect(feed.posted(line(3, after: 0)) == RoomFeed.Step())
    #expect(ids(feed.posted(line(9, after: 5))) == [9])
  }

  @Test func `a gap is read from the store, and what came meanwhile waits for it`() {
    var feed = feed(at: 3)
    #expect(feed.posted(line(9, after: 5)) == RoomFeed.Step(readAfter: 3))
    #expect(feed.posted(line(12, after: 9)) == RoomFeed.Step())
    let step = feed.page([line(5, after: 3), line(9, after: 5)], through: 9, hasMore: false)
    #expect(ids(step) == [5, 9, 12])
    #expect(step.readAfter == nil)
    #expect(!feed.isReading)
  }

  @Test func `an event that comes late is in the page already`() {
    var feed = feed(at: 3)
    _ = feed.posted(line(9, after: 5))
    #expect(feed.posted(line(5, after: 3)) == RoomFeed.Step())
    #expect(ids(feed.page([line(5, after: 3), line(9, after: 5)], through: 9, hasMore: false)) == [5, 9])
  }

  @Test func `a long gap is read page by page`() {
    var feed = feed(at: 0)
    _ = feed.posted(line(9, after: 8))
    let first = feed.page([line(1, after: 0), line(2, after: 1)], through: 2, hasMore: true)
    #expect(ids(first) == [1, 2] && first.readAfter == 2)
    let last = feed.page([line(8, after: 2), line(9, after: 8)], through: 9, hasMore: false)
    #expect(ids(last) == [8, 9] && last.readAfter == nil)
  }

  @Test func `a second gap behind the first is read too`() {
    var feed = feed(at: 0)
    _ = feed.posted(line(4, after: 2))
    _ = feed.posted(line(9, after: 7))
    let step = feed.page([line(2, after: 0), line(4, after: 2)], through: 4, hasMore: false)
    #expect(ids(step) == [2, 4] && step.readAfter == 4)
    #expect(ids(feed.page([line(7, after: 4), line(9, after: 7)], through: 9, hasMore: false)) == [7, 9])
  }

  @Test func `after an interruption it reads once, and once more if there was another meanwhile`() {
    var feed = feed(at: 3)
    #expect(feed.interrupted() == RoomFeed.Step(readAfter: 3))
    #expect(feed.interrupted() == RoomFeed.Step())
    #expect(feed.page([line(4, after: 3)], through: 4, hasMore: false).readAfter == 4)
    #expect(feed.page([], through: 4, hasMore: false) == RoomFeed.Step())
    #expect(!feed.isReading)
  }

  @Test func `an interruption before the first join is made good after it`() {
    var feed = RoomFeed()
    #expect(feed.interrupted() == RoomFeed.Step())
    _ = feed.since(7)
    #expect(feed.settle() == RoomFeed.Step(readAfter: 7))
  }

  @Test func `who joins is given what came while its page was under way`() {
    var feed = feed(at: 3)
    feed.beginJoin()
    _ = feed.posted(line(4, after: 3))
    _ = feed.posted(line(6, after: 4))
    #expect(feed.since(4)?.map(\.id) == [6])
    #expect(feed.since(6)?.map(\.id) == [])
    // The page was read later than the events came.
    #expect(feed.since(8)?.map(\.id) == [])
    // From before the join: that takes another page.
    #expect(feed.since(2) == nil)
    feed.endJoin()
    feed.beginJoin()
    #expect(feed.since(4) == nil)
  }

  @Test func `the first to join a room misses nothing between its page and the first event`() {
    var feed = RoomFeed()
    feed.beginJoin()
    #expect(ids(feed.posted(line(6, after: 4))) == [6])
    #expect(feed.since(3) == nil)
    #expect(feed.since(4)?.map(\.id) == [6])
  }

  @Test func `what is kept for joiners is bounded`() {
    var feed = feed(at: 0)
    feed.beginJoin()
    for id in 1...2000 { _ = feed.posted(line(id, after: id - 1)) }
    #expect(feed.since(0) == nil)
    #expect(feed.since(1999)?.map(\.id) == [2000])
    let kept = (0..<2000).first { feed.since($0) != nil } ?? 0
    #expect((2000 - RoomFeed.mostKept...2000).contains(kept))
    #expect(feed.since(kept)?.map(\.id) == Array(kept + 1...2000))
  }

  @Test func `events that overflow the wait for a page are read`() {
    var feed = feed(at: 0)
    _ = feed.posted(line(2, after: 1))
    for id in 3...RoomFeed.mostKept + 10 { _ = feed.posted(line(id, after: id - 1)) }
    #expect(feed.page([line(1, after: 0), line(2, after: 1)], through: 2, hasMore: false).readAfter == 2)
  }

  /// Whatever order events, losses and pages come in, the outcome is the stored sequence.
  @Test(arguments: 0..<200) func `chaos ends in order`(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var (feed, delivered, stored) = (feed(at: 0), [Int](), [FeedLine]())
    var (underway, reading) = ([FeedLine](), Int?.none)
    func take(_ step: RoomFeed.Step) {
      delivered += ids(step)
      reading = step.readAfter ?? reading
    }
    func read(_ after: Int) {
      reading = nil
      let rest = stored.filter { $0.id > after }
      let page = Array(rest.prefix(3))
      take(feed.page(page, through: page.last?.id ?? after, hasMore: rest.count > page.count))
    }
    for _ in 0..<300 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let previous = stored.last?.id ?? 0
        stored.append(line(previous + Int.random(in: 1...3, using: &random), after: previous))
        if let new = stored.last, Int.random(in: 0..<8, using: &random) > 0 { underway.append(new) }
      case 4..<8:
        guard let place = underway.indices.randomElement(using: &random) else { continue }
        take(feed.posted(underway[place]))
        if Bool.random(using: &random) { underway.remove(at: place) }
      case 8: if let after = reading { read(after) }
      default: take(feed.interrupted())
      }
    }
    take(feed.interrupted())
    while let after = reading { read(after) }
    #expect(delivered == stored.map(\.id))
  }
}

/// The same numbers for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
