import JSON
import Testing
import Wire

/// Each call and event of `carillon-live`, against the lines kept under `Fixtures/frames`: a changed wire shows there.
@Suite struct LiveFramesTests: GoldenFrames {
  static let context = CallContext()

  private func raw(_ text: String) -> RawJSON { RawJSON(trusted: Array(text.utf8)) }

  @Test func `acts go in their order and outcomes come back in it`() throws {
    let acts = [
      Live.Act(.connect, on: 3, address: "5f2a"), Live.Act(.auth, on: 3, arguments: raw(#"["Ann \"é\""]"#)),
      Live.Act(.click, on: 3, arguments: raw(#"[{"user":"Ann","comment":null}]"#)),
      Live.Act(.event, on: 3, arguments: raw("[]")), Live.Act(.watch, on: 4), Live.Act(.leave, on: 3),
    ]
    let outcomes: [Live.Outcome] = [
      .done, .named("Ann \"é\""), .named("Ann"), .refused(.invalidData), .done, .done,
    ]
    try check(Live.Relay(of: 281_474_976_710_655, first: 41, acts), Live.Outcomes(outcomes))
  }

  @Test func `an attach lists all seats`() throws {
    let seats = [
      Live.Seat(connection: 3, address: "5f2a", name: "Ann", clicks: 12, events: 1),
      Live.Seat(connection: 4, address: "5f2a"),
    ]
    try check(Live.Attach(7, seats, unanswered: [41, 42], next: 43), Live.Attached(stored: [41]))
  }

  @Test func `the feed says what, and for whom`() throws {
    let feed = Live.Feed([
      Live.Item(.click, raw(#"{"user":"Ann","comment":null,"style":"fire green","timestamp":1767225600}"#)),
      Live.Item(.stats, raw(#"{"click_count_total":1}"#), to: .connection(4, of: 7)),
      Live.Item(.stats, raw(#"{"click_count_total":1}"#), to: .gateway(7)),
      Live.Item(.status, raw(#"{"user_count":2}"#)),
    ])
    try check(feed)
    let newer = try Live.Feed(json: raw(#"{"items":[{"event":"fireworks","argument":{}}]}"#))
    #expect(newer == Live.Feed([]))
  }

  @Test func `lists are asked for in parts and come as the answer's body`() throws {
    let click = #"[{"user":"Ann","comment":null,"style":null,"timestamp":1767225600}]"#
    try check(Live.LatestClicks(limit: .value(1), before: .value(9)), Live.Page(raw(click), next: 8))
    try check(
      Live.LatestEvents(),
      Live.Page(raw(#"[{"user":"Ann","name":"pride","timestamp":1767225600}]"#))
    )
    try check(Live.Users(limit: .value(5)), Live.Page(raw(#"[{"name":"Ann","click_count":1,"event_count":0}]"#)))
  }

  @Test func `questions have no members`() throws {
    try check(Live.CurrentStats(), raw(#"{"click_count_total":1}"#))
    try check(Live.OnlineUsers(), raw(#"[{"name":null,"click_count":0}]"#))
    try check(Live.LatestHours(), raw(#"[{"timestamp":1767225600,"click_count":0}]"#))
    try check(Live.Hours(from: .value(0), to: .value(1_767_225_600)), raw("[]"))
  }

  @Test func `an operator's message goes as it was sent`() throws {
    try check(Live.Announce(.value("Guten Abend"), style: .value("big"), type: .value("popup")), Empty())
    #expect(try Live.Announce(json: raw(#"{"text":5,"style":null}"#)) == Live.Announce(.unfit))
  }

  @Test func `a name is claimed, and forgotten by its token`() throws {
    try check(Live.Claim(.value("Ann")), Live.Claimed("Ann", token: "t0k-en"))
    try check(Live.Forget(.value("Ann"), token: "t0k-en"), Empty())
  }

  @Test(arguments: [
    "[]", "{}", #"{"gateway":"7","acts":[]}"#, #"{"gateway":7,"acts":[{"act":"dance","connection":1}]}"#,
  ])
  func `what is no relay is refused`(text: String) {
    #expect(throws: (any Error).self) { try Live.Relay(json: raw(text)) }
  }
}
