import JSON
import Kit
import Loop
import Settings
import Testing

/// Auth's news of people and the calendar's pushes to them reach delivery by two ways, in any order.
@Suite(.serialized, .needsDaemons) @LoopActor struct PushOrderTests {
  @Test func `a push that comes before its person, and outlives delivery, goes out when auth is back`() async throws {
    let services: [ServiceName] = [.auth, .calendar, .delivery, .gateway]
    try await PushStub.with(services) { stack, stub in
      let it = try await CalendarStack.on(stack)
      try await stack.become("0", within: .seconds(20)) { try await $0.rows("SELECT count(*) FROM auth.outbox") }
      try await end(.delivery, stack)
      let dan = try await it.member("dan@x.org")
      #expect(try await it.send("POST", "/user", #"{"FCMToken":"dan-device"}"#, by: dan).status == 200)
      let lunch = try await it.lunch(invitees: #"["dan@x.org"]"#)
      #expect(try await it.waitingPushes() == ["invite \(dan.id)"])
      try await end(.auth, stack)
      let waiting = "SELECT count(*) FROM delivery.job WHERE reason = 'person unknown' AND holder IS NULL"
      try await stack.start(.delivery)
      try await stack.become("1", within: .seconds(30)) { try await $0.rows(waiting) }
      #expect(try await stack.rows("SELECT count(*) FROM delivery.person WHERE id = '\(dan.id)'") == ["0"])
      try await end(.delivery, stack)
      try await stack.start(.delivery)
      try await stack.start(.auth)
      let pushes = try await stub.pushes(to: "dan-device", 1, within: .seconds(30))
      #expect(pushes.map { $0.data["event_id"]?.string } == [lunch])
      try await stack.become("0", within: .seconds(20)) { try await $0.rows("SELECT count(*) FROM delivery.job") }
      #expect(try await stub.log().count == 1)
    }
  }

  private func end(_ service: ServiceName, _ stack: Stack) async throws {
    stack.kill(service)
    _ = try await stack.daemon(service).process.ended()
  }
}
