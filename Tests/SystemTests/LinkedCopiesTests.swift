import Glibc
import Kit
import Loop
import Settings
import Testing

/// Two calendars of which one is killed while it tells a linked calendar.
@Suite(.serialized, .needsDaemons) @LoopActor struct LinkedCopiesTests {
  @Test func `what a killed calendar was telling, its twin tells soon after`() async throws {
    let google = try GoogleCalendarStub()
    defer { google.close() }
    let settings = ["CARILLON_RATE_LIMITS": "off"].merging(google.settings) { $1 }
    try await Stack.with([.auth, .calendar, .gateway], settings: settings, copies: 2) { stack in
      let linked = LinkedCalendars(it: try await CalendarStack.on(stack), google: google)
      try await linked.link(linked.it.ann, "ann")
      google.fault = (.hangs, linked.asksCalendar)
      let lunch = try await linked.day()
      try await google.failing { $0.hasPrefix("POST") }
      google.fault = nil
      // Either may have it in hand; each of them dies while the other lives.
      stack.kill(.calendar)
      _ = try await stack.daemon(.calendar).process.ended()
      try await stack.start(.calendar)
      let twin = try #require(stack.twins[.calendar]).process
      twin.signal(SIGKILL)
      _ = try await twin.ended()
      // The lease of three seconds, and what a busy machine takes; a request that hangs would take ten.
      try await stack.become("0", within: .seconds(9)) { try await $0.rows("SELECT count(*) FROM calendar.export") }
      #expect(google.held[lunch] != nil)
      try await stack.startTwin(of: .calendar)
    }
  }
}
