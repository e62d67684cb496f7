import JSON
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

/// Bottles, sending on, blocks, counters and contacts (pictever.md 3.4 to 3.6, 3.9).
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct MessageTests {
  private let phone = "0033199001203"

  @Test func `a bottle opens once, for the owner of its number`() async throws {
    try await MessageBench.with { bench in
      let ann = try await bench.person()
      try await bench.send("hello", by: ann, to: ["num\(phone)"], #"{"type":"day"}"#)
      #expect(try await bench.future(ann) == 0)
      bench.clock.advance(by: .seconds(3 * 86_400))
      #expect(try await bench.receive(ann, after: 0).items.isEmpty)
      let cyd = try await bench.person()
      try await bench.note(cyd, phone: phone)
      let claimed = bench.now.seconds
      bench.clock.advance(by: .seconds(5))
      let batch = try await bench.receive(cyd, after: 1_412_932_000)
      #expect(batch.texts == ["hello"] && batch.items[0]["received_at"]?.string == "\(claimed)")
      #expect(batch.items[0]["receive_label"]?.string == "Il y a quelques jours")
      try await bench.note(cyd, phone: phone)
      #expect(try await bench.receive(cyd, after: batch.cursor).items.isEmpty)
    }
  }

  @Test func `a bottle opened before its time waits for it, and a member's number is no bottle`() async throws {
    try await MessageBench.with { bench in
      let ann = try await bench.person()
      try await bench.send("early", by: ann, to: ["num\(phone)"], #"{"type":"day"}"#)
      let cyd = try await bench.person(phone)
      #expect(try await bench.future(cyd) == 1)
      try await bench.send("direct", by: ann, to: ["num+33199001203"], #"{"type":"hour"}"#)
      #expect(try await bench.future(cyd) == 2)
      #expect(try await bench.receive(cyd, after: 0).items.isEmpty)
      bench.clock.advance(by: .seconds(86_400))
      #expect(try await bench.receive(cyd, after: 0).texts == ["early", "direct"])
    }
  }

  @Test func `a repeated snapshot finishes what was left undone`() async throws {
    try await MessageBench.with { bench in
      let (ann, cyd) = (try await bench.person(), MessageBench.Person(id: .random()))
      let snapshot = Delivery.NotePerson(
        user: UserID(cyd.id.description),
        revision: 7,
        email: nil,
        name: "Cyd",
        country: "fr",
        phone: phone,
        devices: []
      )
      #expect(try await bench.bench.store.note(snapshot, of: cyd.id).isNews)
      // As if the number had been claimed between the sender's look and his message.
      try await bench.bench.database.query("UPDATE delivery.person SET phone = NULL WHERE id = \(cyd.id)")
      try await bench.send("hello", by: ann, to: ["num\(phone)"])
      _ = try await bench.bench.handler.notePerson(snapshot, CallContext(key: "again"))
      #expect(try await bench.receive(cyd, after: 0).texts == ["hello"])
    }
  }

  @Test func `a received message is sent on by its receiver alone, and once`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      try await bench.send("hello", by: ann, to: [bob.target])
      let batch = try await bench.receive(bob, after: 0)
      let id = try #require(batch.items[0]["message_id"]?.string)
      await #expect(throws: Failure(.forbidden)) { try await bench.resend(id, by: ann) }
      try await bench.resend(id, by: bob)
      #expect(try await bench.receive(bob, after: 0).items.isEmpty)
      #expect(try await bench.future(bob) == 1)
      await #expect(throws: Failure(.conflict, .notReceived)) { try await bench.resend(id, by: bob) }
      await #expect(throws: Failure(.conflict, .notReceived)) {
        try await bench.resend("8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12", by: bob)
      }
      await #expect(throws: Failure(.conflict, .notReceived)) { try await bench.resend("x", by: bob) }
      bench.clock.advance(by: .seconds(15_625_000))
      let again = try await bench.receive(bob, after: batch.cursor)
      #expect(again.items.map { $0["message_id"]?.string } == [id])
    }
  }

  @Test func `a bottle is not for its sender to send on`() async throws {
    try await MessageBench.with { bench in
      let ann = try await bench.person()
      try await bench.send("hello", by: ann, to: ["num\(phone)"])
      let rows = try await bench.bench.database.query("SELECT id::text FROM delivery.message")
      let id: String = try rows[0].get(0)
      await #expect(throws: Failure(.conflict, .notReceived)) { try await bench.resend(id, by: ann) }
    }
  }

  @Test func `a block stops what is under way, both ways, and what comes later`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      try await bench.send("received", by: ann, to: [bob.target])
      #expect(try await bench.receive(bob, after: 0).texts == ["received"])
      try await bench.send("under way", by: ann, to: [bob.target], #"{"type":"hour"}"#)
      try await bench.send("back", by: bob, to: [ann.target], #"{"type":"hour"}"#)
      try await bench.block(ann, by: bob)
      #expect(try await bench.future(bob) == 0)
      #expect(try await bench.future(ann) == 0)
      try await bench.send("later", by: ann, to: [bob.target])
      bench.clock.advance(by: .seconds(7200))
      #expect(try await bench.receive(bob, after: 0).texts == ["received"])
      #expect(try await bench.receive(ann, after: 0).items.isEmpty)
      try await bench.unblock(ann, by: bob)
      try await bench.send("again", by: ann, to: [bob.target])
      #expect(try await bench.receive(bob, after: 0).texts == ["again", "received"])
    }
  }

  @Test func `a status rises with messages under way and never falls`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      #expect(try await bench.status(ann) == "Newbie")
      for _ in 0..<4 { try await bench.send("x", by: ann, to: [bob.target], #"{"type":"hour"}"#) }
      try await bench.send("now", by: ann, to: [bob.target])
      #expect(try await bench.status(ann) == "Newbie")
      try await bench.send("x", by: ann, to: ["num\(phone)"], #"{"type":"min"}"#)
      bench.clock.advance(by: .seconds(61))
      #expect(try await bench.status(ann) == "Explorer")
      bench.clock.advance(by: .seconds(7200))
      #expect(try await bench.status(ann) == "Explorer")
      #expect(try await bench.status(bench.person(id: MessageBench.founder)) == "Founder")
    }
  }

  @Test func `a repetition is stored once`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      let tries = (0..<5).map { number in
        onLoop { try? await bench.send("\(number)", by: ann, to: [bob.target, "num\(phone)"], key: "k") }
      }
      for each in tries { _ = await each.value }
      #expect(try await bench.receive(bob, after: 0).items.count == 1)
      for _ in 0..<2 { try await bench.send("photo", by: ann, to: [bob.target], photo: "p") }
      #expect(try await bench.receive(bob, after: 0).items.count == 2)
      bench.clock.advance(by: .seconds(3600))
      try await bench.send("photo", by: ann, to: [bob.target], photo: "p")
      try await bench.send("x", by: ann, to: [bob.target], key: "k")
      #expect(try await bench.receive(bob, after: 0).items.count == 3)
      bench.clock.advance(by: .seconds(86_400))
      try await bench.send("x", by: ann, to: [bob.target], key: "k")
      #expect(try await bench.receive(bob, after: 0).items.count == 4)
    }
  }

  @Test func `a bad receiver stores nothing for anybody`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      await #expect(throws: Failure.invalid("receiver_ids")) {
        try await bench.send("x", by: ann, to: [bob.target, "id8f0f6f5e-3f6b-4d6e-9b9a-0f4c8a6f2a12"])
      }
      #expect(try await bench.receive(bob, after: 0).items.isEmpty)
    }
  }

  @Test func `a book finds its members, now and when they come`() async throws {
    try await MessageBench.with { bench in
      let ann = try await bench.person("0033199001201", country: "fr")
      #expect(try await bench.contacts.book(ann.context) == .null)
      try await bench.upload(#"[{"tel":"01 99 00 12 03","name":"Cyd"},{"tel":"x","name":"None"}]"#, by: ann)
      #expect(try await bench.contacts.book(ann.context).value().array == [])
      let cyd = try await bench.person(phone)
      let found = try await bench.contacts.book(ann.context).value().array?.first?.object
      #expect(found?["name"]?.string == "Cyd" && found?["user_id"]?.string == cyd.id.description)
      #expect(found?["phoneNumber1"]?.string == "01 99 00 12 03" && found?["email"]?.string == "")
      let list = Submission(
        .object { $0.member("contacts", #"["0033199001203","+33 1 99 00 12 03","0012025550143"]"#) }
      )
      let matched = try await bench.contacts.match(Delivery.MatchContacts(list), ann.context).value().array
      #expect(matched?.compactMap { $0.object?["phoneNumber1"]?.string } == ["0033199001203", "+33 1 99 00 12 03"])
    }
  }
}
