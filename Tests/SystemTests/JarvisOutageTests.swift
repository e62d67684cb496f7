import JSON
import Kit
import Loop
import Settings
import Testing

/// What a broken neighbour may not break.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisOutageTests {
  @Test(arguments: SignIn.allCases)
  func `jarvis 20: pushes wait for delivery, and requests do not`(signIn: SignIn) async throws {
    let accounts = try await Accounts(signIn)
    defer { accounts.close() }
    let services: [ServiceName] = [.auth, .calendar, .delivery, .gateway]
    try await PushStub.with(services, settings: accounts.settings) { stack, stub in
      let it = try await CalendarStack.on(stack, accounts)
      for (member, device) in [(it.bob, "bob-device"), (it.cyd, "cyd-device")] {
        #expect(try await it.send("POST", "/user", #"{"FCMToken":"\#(device)"}"#, by: member).status == 200)
      }
      try await stack.become("0", within: .seconds(20)) { try await $0.rows("SELECT count(*) FROM auth.outbox") }
      stack.kill(.delivery)
      _ = try await stack.daemon(.delivery).process.ended()
      let began = ContinuousClock.now
      let lunch = try await it.lunch()
      #expect(ContinuousClock.now - began < .seconds(1))
      try await it.everybodyVotes(on: lunch)
      let voted = ContinuousClock.now
      #expect(try await it.activate(lunch, by: it.ann).status == 200)
      #expect(ContinuousClock.now - voted < .seconds(1))
      #expect(try await it.waitingPushes().count == 4)
      try await stack.start(.delivery)
      for device in ["bob-device", "cyd-device"] {
        let pushes = try await stub.pushes(to: device, 2, within: .seconds(30))
        #expect(pushes.compactMap { $0.data["type"]?.string }.sorted() == ["active", "invite"])
        #expect(pushes.allSatisfy { $0.data["event_id"]?.string == lunch })
      }
      #expect(try await stub.log().count == 4)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 20: what was activated stays so through the end of its daemon`(signIn: SignIn) async throws {
    try await CalendarStack.with(as: signIn) { it in
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
