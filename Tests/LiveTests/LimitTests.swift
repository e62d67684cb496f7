import Testing
import Wire

@testable import LiveCore

@Suite struct LimitTests {
  @Test func `of many clicks at once a burst counts, then thirty a second`() {
    var bench = BoardBench()
    bench.seat(1, "Ann")
    bench.seat(2, "Bob")
    var counted = 0
    for _ in 0..<400 where bench.click(1, #""user":"Ann""#).outcome == .done { counted += 1 }
    #expect(counted == 120)
    #expect(bench.click(2, #""user":"Bob""#).outcome == .done)
    bench.pass(.seconds(1))
    for _ in 0..<400 where bench.click(1, #""user":"Ann""#).outcome == .done { counted += 1 }
    #expect(counted == 150)
    #expect(bench.board.counters.total.clicks == 151)
  }

  @Test func `names and events have limits of their own`() {
    var bench = BoardBench()
    bench.seat(1)
    let names = (0..<7).map { bench.act(.auth, 1, #"["n\#($0)"]"#).outcome }
    #expect(names.filter { $0 == .refused(.rateLimited) }.count == 2)
    let events = (0..<4).map { _ in bench.act(.event, 1, #"[{"user":"n4","name":"pride"}]"#).outcome }
    #expect(events == [.done, .done, .done, .refused(.rateLimited)])
    bench.pass(.seconds(2))
    #expect(bench.act(.event, 1, #"[{"user":"n4","name":"pride"}]"#).outcome == .done)
  }

  @Test func `a rename by a click is a rename`() {
    var bench = BoardBench()
    bench.seat(1)
    let outcomes = (0..<8).map { bench.click(1, #""user":"n\#($0)""#).outcome }
    #expect(outcomes.filter { $0 == .refused(.rateLimited) }.count == 2)
  }

  @Test func `the clicks of one address have a limit together`() {
    var bench = BoardBench { $0.address = Rate(perSecond: 1, burst: 3) }
    for connection in 1...2 {
      let act = Live.Act(.connect, on: connection, address: "same")
      _ = bench.board.take(act, of: BoardBench.gateway, number: 0, at: bench.moment)
    }
    let outcomes = (0..<4).map { bench.click($0 % 2 + 1, #""user":"Ann""#).outcome }
    #expect(outcomes.last == .refused(.rateLimited))
    #expect(bench.board.counters.total.clicks == 3)
  }

  @Test func `toasts of coming and going are five a second, in all`() {
    var bench = BoardBench()
    var toasts = 0
    for connection in 1...20 {
      _ = bench.act(.connect, connection)
      toasts += bench.act(.auth, connection, #"["n\#(connection)"]"#).shown.count
    }
    #expect(toasts == 5)
    bench.pass(.milliseconds(200))
    #expect(bench.act(.auth, 1, #"["again"]"#).shown.count == 1)
    #expect(bench.act(.auth, 2, #"["again"]"#).shown.count == 0)
    #expect(bench.click(3, #""user":"n3""#).shown.count == 1)
  }

  @Test func `without rates nothing is refused`() {
    var bench = BoardBench { rules in
      (rules.clicks, rules.address, rules.names, rules.toasts) = (nil, nil, nil, nil)
    }
    bench.seat(1)
    for number in 0..<2000 { #expect(bench.click(1, #""user":"n\#(number)""#).outcome == .named("n\(number)")) }
    #expect(bench.board.counters.total.clicks == 2000)
  }
}
