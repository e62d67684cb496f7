import JSON
import Testing
import Wire

@testable import LiveCore

private let zeros =
  #"stats {"click_count_total":0,"click_count_today":0,"click_count_hour":0,"#
  + #""event_count_total":0,"event_count_today":0,"event_count_hour":0}"#

@Suite struct BoardTests {
  @Test func `a newcomer is told the stats, then everybody how many there are`() {
    var bench = BoardBench()
    #expect(bench.act(.connect, 1).shown == ["\(zeros) to #1", #"status {"user_count":1}"#])
    #expect(bench.act(.connect, 2).shown == ["\(zeros) to #2", #"status {"user_count":2}"#])
    #expect(bench.act(.connect, 2).shown == [])
    #expect(bench.act(.leave, 1).shown == [#"status {"user_count":1}"#])
    #expect(bench.act(.leave, 1).shown == [])
  }

  @Test func `a watcher is told where things stand and counts for nobody`() {
    var bench = BoardBench()
    bench.seat(1)
    #expect(bench.act(.watch, 9).shown == ["\(zeros) to #9", #"status {"user_count":1} to #9"#])
    #expect(bench.act(.leave, 9).shown == [])
    #expect(bench.board.presence.count == 1)
  }

  @Test func `names join, change and leave, each told once`() {
    var bench = BoardBench()
    bench.seat(1)
    #expect(bench.act(.auth, 1, #"["  Ann "]"#).shown == [Live.Item.toast("Ann ist beigetreten.")])
    #expect(bench.act(.auth, 1, #"["Ann"]"#).shown == [])
    #expect(bench.act(.auth, 1, #"["Anna"]"#) == (.named("Anna"), [Live.Item.toast("Ann hat sich umbenannt zu Anna.")]))
    let left = bench.act(.leave, 1).shown
    #expect(left == [Live.Item.toast("Anna hat verlassen."), #"status {"user_count":0}"#])
  }

  @Test(arguments: ["[5]", #"[""]"#, "[]", #"["   "]"#, #"["sixteen letters."]"#, "[null]", "[{}]"])
  func `a bad name changes nothing`(arguments: String) {
    var bench = BoardBench()
    bench.seat(1)
    #expect(bench.act(.auth, 1, arguments) == (.refused(.invalidUser), []))
    #expect(bench.board.presence.seats.map(\.name) == [nil])
  }

  @Test func `a click counts and is shown with its comment and style`() {
    var bench = BoardBench()
    bench.seat(1, "Anna")
    let (outcome, shown) = bench.click(1, #""user":"Anna","comment":" oh ","style":"fire green wrapper""#)
    #expect(outcome == .done)
    #expect(shown == [#"click {"user":"Anna","comment":"oh","style":"fire green","timestamp":1767225600}"#])
    #expect(bench.board.counters.total == Tally(clicks: 1))
    #expect(bench.board.presence.seats[0].session == Tally(clicks: 1))
  }

  @Test func `a click under another name renames first`() {
    var bench = BoardBench()
    bench.seat(1, "Anna")
    let (outcome, shown) = bench.click(1, #""user":"Otto""#)
    #expect(outcome == .named("Otto"))
    #expect(shown.first == Live.Item.toast("Anna hat sich umbenannt zu Otto."))
    #expect(shown.last == #"click {"user":"Otto","comment":null,"style":null,"timestamp":1767225600}"#)
  }

  @Test(arguments: [
    ("[]", Live.Refusal.invalidData), (#"["x"]"#, .invalidData), ("[{}]", .invalidUser),
    (#"[{"user":5}]"#, .invalidUser), (#"[{"user":"  "}]"#, .invalidUser),
    (#"[{"user":"<img src=x onerror=1>"}]"#, .invalidUser), (#"[{"user":"Ann","comment":5}]"#, .invalidComment),
    (#"[{"user":"Ann","comment":"\#(String(repeating: "c", count: 76))"}]"#, .invalidComment),
    (#"[{"user":"Ann","style":[]}]"#, .invalidData),
  ])
  func `a bad click counts nothing and names nobody`(arguments: String, refusal: Live.Refusal) {
    var bench = BoardBench()
    bench.seat(1)
    #expect(bench.act(.click, 1, arguments) == (.refused(refusal), []))
    #expect(bench.board.counters.total == Tally())
    #expect(bench.board.presence.seats.map(\.name) == [nil])
  }

  @Test func `what could not be stored is not shown and not counted`() {
    var bench = BoardBench()
    bench.seat(1, "Ann")
    let (outcome, shown) = bench.act(.click, 1, #"[{"user":"Ann"}]"#, stored: false)
    #expect(outcome == .refused(.unavailable))
    #expect(shown == [])
    #expect(bench.board.counters.total == Tally())
    #expect(bench.board.presence.seats[0].session == Tally())
  }

  @Test func `milestones are 50 and the hundreds, before the click`() {
    var bench = BoardBench { $0.clicks = nil }
    bench.seat(1, "Ann")
    var toasts: [Int: String] = [:]
    for number in 1...200 {
      let shown = bench.click(1, #""user":"Ann""#).shown
      #expect(shown.last?.hasPrefix("click") == true)
      if shown.count == 2 { toasts[number] = shown[0] }
    }
    #expect(
      toasts == [
        50: Live.Item.toast("Ann erreicht 50 Klicks!"), 100: Live.Item.toast("Ann erreicht 100 Klicks!"),
        200: Live.Item.toast("Ann erreicht 200 Klicks!"),
      ]
    )
  }

  @Test func `an event is announced, then shown`() {
    var bench = BoardBench()
    bench.seat(1, "Ann")
    let (outcome, shown) = bench.act(.event, 1, #"[{"user":"Ann","name":"lemma 6.7"}]"#)
    #expect(outcome == .done)
    #expect(
      shown == [
        Live.Item.toast("Ann triggered lemma 6.7!"),
        #"event {"user":"Ann","name":"lemma 6.7","timestamp":1767225600}"#,
      ]
    )
    #expect(bench.board.counters.total == Tally(events: 1))
  }

  @Test(arguments: [
    ("nonsense", Live.Refusal.unknownEvent), ("constructor", .unknownEvent), ("__proto__", .unknownEvent),
    ("Pride", .unknownEvent), ("rickroll", .eventDisabled), ("exmatrikulieren", .eventDisabled),
  ])
  func `an event off the list is refused`(name: String, refusal: Live.Refusal) {
    var bench = BoardBench()
    bench.seat(1)
    #expect(bench.act(.event, 1, #"[{"user":"Ann","name":"\#(name)"}]"#) == (.refused(refusal), []))
    #expect(bench.board.presence.seats.map(\.name) == [nil])
  }

  @Test func `an unlisted event is only shown, once in ten minutes`() {
    var bench = BoardBench { $0.allowsUnlisted = true }
    bench.seat(1, "Ann")
    let rickroll = #"[{"user":"Ann","name":"rickroll"}]"#
    #expect(
      bench.act(.event, 1, rickroll) == (.done, [#"event {"user":"Ann","name":"rickroll","timestamp":1767225600}"#])
    )
    #expect(bench.board.counters.total == Tally(events: 1))
    bench.pass(.seconds(590))
    #expect(bench.act(.event, 1, rickroll) == (.refused(.rateLimited), []))
    bench.pass(.seconds(11))
    #expect(bench.act(.event, 1, rickroll).outcome == .done)
  }

  @Test func `a claimed name is its owner's alone`() {
    var bench = BoardBench()
    bench.board.claims.add("Ann", Claims.digest("token"))
    bench.seat(1)
    #expect(bench.act(.auth, 1, #"["Ann"]"#) == (.refused(.nameTaken), []))
    #expect(bench.act(.auth, 1, #"["Ann","wrong"]"#) == (.refused(.nameTaken), []))
    #expect(bench.click(1, #""user":"Ann""#) == (.refused(.nameTaken), []))
    #expect(bench.act(.event, 1, #"[{"user":"Ann","name":"pride"}]"#) == (.refused(.nameTaken), []))
    #expect(bench.act(.auth, 1, #"["Ann","token"]"#).outcome == .named("Ann"))
    #expect(bench.click(1, #""user":"Ann""#).outcome == .done)
    #expect(bench.act(.auth, 1, #"["ann"]"#).outcome == .named("ann"))
    #expect(bench.act(.auth, 1, #"["Ann"]"#).outcome == .named("Ann"))
  }
}
