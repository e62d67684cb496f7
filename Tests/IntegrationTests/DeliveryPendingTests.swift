import Kit
import Loop
import Postgres
import Testing
import Wire

@testable import DeliveryCore

@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct DeliveryPendingTests {
  private func person(_ user: UUIDValue, revision: Int) -> Delivery.NotePerson {
    Delivery.NotePerson(
      user: UserID(user.description),
      revision: revision,
      email: nil,
      name: "revision \(revision)",
      country: "us",
      phone: nil,
      devices: [Delivery.Device(app: .pictever, os: .ios, token: "token \(revision)")]
    )
  }

  @Test func `of each person the newest snapshot is kept, in whatever order they come`() async throws {
    try await DeliveryBench.with { bench in
      let (ann, ben) = (UUIDValue.random(), UUIDValue.random())
      for (user, revision) in [(ann, 2), (ann, 1), (ben, 1), (ann, 10), (ann, 9), (ann, 10)] {
        let context = CallContext(key: "person:\(user):\(revision)")
        _ = try await bench.handler.notePerson(person(user, revision: revision), context)
      }
      let rows = try await bench.database.query(
        "SELECT id, name, token FROM delivery.person p JOIN delivery.device d ON d.person = p.id ORDER BY revision"
      )
      let kept = try rows.map { ("\(try $0.get(0, as: UUIDValue.self))", try $0.get(1, as: String.self)) }
      #expect(kept.map(\.0) == ["\(ben)", "\(ann)"] && kept.map(\.1) == ["revision 1", "revision 10"])
      let token: String = try rows[1].get(2)
      #expect(token == "token 10")
    }
  }

  @Test func `text messages are kept once per key`() async throws {
    try await DeliveryBench.with { bench in
      for text in ["first", "again"] {
        let context = CallContext(key: "k")
        _ = try await bench.handler.sendText(Delivery.SendText(to: "0032470000000", text: text), context)
      }
      let texts = try await bench.pending(.text)
      #expect(texts == ["k": #"{"text":"first","to":"0032470000000"}"#])
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
