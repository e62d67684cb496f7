import Testing
import Wire

@testable import LiveCore

@Suite struct PresenceTests {
  private static let other = 8

  @Test func `a silent gateway is gone after its lease, and its clients have left`() {
    var bench = BoardBench()
    bench.seat(1, "Ann")
    bench.seat(2)
    _ = bench.board.attach(Self.other, [Live.Seat(connection: 1, address: "b", name: "Bob")], at: bench.moment)
    #expect(bench.board.presence.count == 3)
    var shown: [String] = []
    for _ in 0..<5 {
      bench.pass(.seconds(1))
      let isKnown = bench.board.presence.hear(BoardBench.gateway, at: bench.steady)
      #expect(isKnown)
      shown += bench.lapse()
    }
    #expect(shown == [Live.Item.toast("Bob hat verlassen."), #"status {"user_count":2}"#])
    let isKnown = bench.board.presence.hear(Self.other, at: bench.steady)
    #expect(!isKnown)
  }

  @Test func `acts that come a second time, or too late, are not taken until the gateway has attached again`() {
    var bench = BoardBench()
    bench.seat(1, "Ann")
    let now = bench.steady
    let relays = [4..<6, 4..<6, 9..<10, 6..<7, 0..<0].map {
      bench.board.presence.hear(BoardBench.gateway, acts: $0, at: now)
    }
    #expect(relays == [true, false, true, false, true])
    _ = bench.board.attach(BoardBench.gateway, [], at: bench.moment)
    let isTaken = bench.board.presence.hear(BoardBench.gateway, acts: 4..<6, at: now)
    #expect(isTaken)
  }

  @Test func `a relay from before an attach that comes behind it counts no more`() {
    var bench = BoardBench()
    let now = bench.steady
    _ = bench.board.attach(BoardBench.gateway, [], next: 40, at: Moment(wall: bench.wall, steady: now))
    let taken = [8..<40, 39..<41, 40..<42, 41..<42].map {
      bench.board.presence.hear(BoardBench.gateway, acts: $0, at: now)
    }
    #expect(taken == [false, false, true, false])
  }

  @Test func `who was held up itself gives everybody a new lease`() {
    var bench = BoardBench()
    bench.seat(1, "Ann")
    _ = bench.lapse()
    bench.pass(.seconds(60))
    #expect(bench.lapse() == [])
    #expect(bench.board.presence.count == 1)
  }

  @Test func `an attach replaces what was known, quietly`() {
    var bench = BoardBench()
    bench.seat(1, "Ann")
    bench.seat(2, "Bob")
    let seats = [
      Live.Seat(connection: 2, address: "b", name: "Bea", clicks: 49), Live.Seat(connection: 3, address: "c"),
    ]
    var effect = bench.board.attach(BoardBench.gateway, seats, at: bench.moment)
    let shown = bench.board.settle(&effect, stored: true).map(\.shown)
    #expect(shown.count == 2)
    #expect(shown[0].hasSuffix(" to \(BoardBench.gateway)"))
    #expect(shown[1] == #"status {"user_count":2}"#)
    #expect(bench.board.presence.seats.map(\.name) == ["Bea", nil])
    #expect(bench.click(2, #""user":"Bea""#).shown.first == Live.Item.toast("Bea erreicht 50 Klicks!"))
  }

  @Test func `an act of nobody does nothing`() {
    var bench = BoardBench()
    #expect(bench.act(.click, 5, #"[{"user":"Ann"}]"#) == (.refused(.unavailable), []))
    #expect(bench.act(.auth, 5, #"["Ann"]"#) == (.refused(.unavailable), []))
    #expect(bench.act(.connect, 1, gateway: 99).shown == [])
    #expect(bench.board.presence.count == 0)
  }

  @Test func `with a grace, the same name back in time is no news`() {
    var bench = BoardBench { $0.grace = .seconds(10) }
    bench.seat(1, "Ann")
    #expect(bench.act(.leave, 1).shown == [#"status {"user_count":0}"#])
    bench.pass(.seconds(9))
    bench.seat(2)
    #expect(bench.act(.auth, 2, #"["Ann"]"#).shown == [])
    _ = bench.act(.leave, 2)
    bench.pass(.seconds(11))
    #expect(bench.lapse() == [Live.Item.toast("Ann hat verlassen.")])
  }

  @Test func `among many, the number online is told in a pace`() {
    var pace = StatusPace()
    let start = ContinuousClock.now
    let told = [0, 10, 20].map { pace.change(1000 + $0, at: start + .milliseconds($0)) }
    #expect(told == [true, false, false])
    let due = pace.due ?? start
    #expect(due - start == .milliseconds(50))
    let asked = [-1, 0, 1].map { pace.isDue(at: due + .milliseconds($0)) }
    #expect(asked == [false, true, false])
  }
}
