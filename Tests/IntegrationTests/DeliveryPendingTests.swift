import Kit
import Loop
import Testing
import Wire

@testable import DeliveryCore

@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct DeliveryPendingTests {
  private func person(_ user: String, revision: Int) -> Delivery.NotePerson {
    Delivery.NotePerson(
      user: UserID(user),
      revision: revision,
      email: nil,
      name: "revision \(revision)",
      country: "us",
      phone: nil,
      devices: []
    )
  }

  @Test func `of each person the newest snapshot is kept, in whatever order they come`() async throws {
    try await DeliveryBench.with { bench in
      for (user, revision) in [("ann", 2), ("ann", 1), ("ben", 1), ("ann", 10), ("ann", 9), ("ann", 10)] {
        let context = CallContext(key: "person:\(user):\(revision)")
        _ = try await bench.handler.notePerson(person(user, revision: revision), context)
      }
      let kept = try await bench.pending(.person)
      #expect(kept.count == 2)
      #expect(kept["ann"]?.contains("revision 10") == true && kept["ben"]?.contains("revision 1") == true)
    }
  }

  @Test func `text messages and pushes are kept once per key`() async throws {
    try await DeliveryBench.with { bench in
      for text in ["first", "again"] {
        let context = CallContext(key: "k")
        _ = try await bench.handler.sendText(Delivery.SendText(to: "0032470000000", text: text), context)
        let push = Delivery.SendPush(to: UserID("ann"), title: text, body: "", data: ["event": "7"])
        _ = try await bench.handler.sendPush(push, context)
      }
      let texts = try await bench.pending(.text)
      #expect(texts == ["k": #"{"text":"first","to":"0032470000000"}"#])
      let pushes = try await bench.pending(.push)
      #expect(pushes.count == 1 && pushes["k"]?.contains("first") == true)
    }
  }

  @Test func `without a key nothing is kept`() async throws {
    try await DeliveryBench.with { bench in
      await #expect(throws: Failure.missing("key")) {
        _ = try await bench.handler.sendText(Delivery.SendText(to: "1", text: "x"), CallContext())
      }
      let texts = try await bench.pending(.text)
      #expect(texts.isEmpty)
    }
  }
}
