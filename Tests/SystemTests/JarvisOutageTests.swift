import JSON
import Kit
import Loop
import Settings
import Testing

/// What a broken neighbour may not break.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisOutageTests {
  @Test func `jarvis 20: pushes wait for delivery, and requests do not`() async throws {
    try await CalendarStack.with([.auth, .calendar, .delivery, .gateway]) { it in
      it.stack.kill(.delivery)
      _ = try await it.stack.daemon(.delivery).process.ended()
      let began = ContinuousClock.now
      let lunch = try await it.lunch()
      let proposed = ContinuousClock.now
      #expect(proposed - began < .seconds(1))
      try await it.everybodyVotes(on: lunch)
      let voted = ContinuousClock.now
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(ContinuousClock.now - voted < .seconds(1))
      #expect(try await it.waitingPushes().count == 4)
      try await it.stack.start(.delivery)
      try await it.stack.become("0", within: .seconds(20)) {
        try await $0.rows("SELECT count(*) FROM calendar.outbox WHERE call = 'delivery.push'")
      }
      let kept = try await it.stack.rows(
        "SELECT convert_from(body, 'UTF8') FROM delivery.pending WHERE kind = 'push' ORDER BY 1"
      )
      #expect(kept.count == 4)
      #expect(Set(kept).count == 4)
    }
  }

  @Test func `jarvis 20: what was activated stays so through the end of its daemon`() async throws {
    try await CalendarStack.with { it in
      let lunch = try await it.lunch()
      try await it.everybodyVotes(on: lunch)
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      it.stack.kill(.calendar)
      _ = try await it.stack.daemon(.calendar).process.ended()
      try await it.stack.start(.calendar)
      let event = try await it.get("/events/\(lunch)", by: it.bob)
      #expect(try event.value("status")?.string == "confirmed")
      #expect(try await it.activate(lunch, by: it.ann).status == 409)
      #expect(try await it.waitingPushes().count == 4)
    }
  }
}

struct NotYet: Error {
  let wanted: String
  let seen: [String]
}

extension Stack {
  /// Asks the database again and again until it answers one line as wanted.
  func become(
    _ wanted: String,
    within limit: Duration,
    _ rows: @LoopActor (Stack) async throws -> [String]
  ) async throws {
    let deadline = ContinuousClock.now + limit
    while true {
      let seen = try await rows(self)
      if seen == [wanted] { return }
      guard ContinuousClock.now < deadline else { throw NotYet(wanted: wanted, seen: seen) }
      try await pause(for: .milliseconds(50))
    }
  }
}
