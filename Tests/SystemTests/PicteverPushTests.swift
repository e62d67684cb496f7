import Glibc
import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of pictever.md 5 that end on a screen.
@Suite(.serialized, .needsDaemons) @LoopActor struct PicteverPushTests {
  private let annPhone = "0033199001201"
  private let bobPhone = "0033199001202"

  /// Ann with a telephone by Google, Bob with one by Apple.
  private func with(
    _ body: @LoopActor (Stack, PushStub, TestClient, _ ann: Member, _ bob: Member) async throws -> Void
  ) async throws {
    try await PushStub.with { stack, stub in
      let client = stack.client()
      let (ann, bob) = (try await client.appMember("ann@x.org"), try await client.appMember("bob@x.org"))
      try await client.setDevice(annPhone, os: "android", token: "anntoken", of: ann)
      try await client.setDevice(bobPhone, os: "ios", token: "b0b", of: bob)
      try await stack.known(annPhone)
      try await stack.known(bobPhone)
      try await body(stack, stub, client, ann, bob)
    }
  }

  private func upload(_ book: String, by member: Member, _ client: TestClient) async throws {
    let reply = try await client.post("/upload_address_book", form: [("address_book", book)], headers: member.cookie)
    #expect(reply.status == 200 && reply.body.isEmpty)
  }

  @Test func `pictever 14: who is blocked is neither seen nor heard`() async throws {
    try await with { stack, stub, client, ann, bob in
      #expect(try await client.futureSend("received", by: ann, to: ["id\(bob.id)"]).status == 200)
      #expect(try await stub.pushes(to: "b0b", 1).count == 1)
      #expect(try await client.receiveAll(bob, after: "0").texts == ["received"])
      #expect(try await client.futureSend("pending", by: ann, to: ["id\(bob.id)"], #"{"type":"day"}"#).status == 200)
      #expect(try await client.future(bob) == "1")
      let list = [("contacts_to_block", #"["id\#(ann.id)"]"#)]
      #expect(try await client.post("/block_contacts", form: list, headers: bob.cookie).status == 200)
      #expect(try await client.future(bob) == "0")
      #expect(try await client.futureSend("later", by: ann, to: ["id\(bob.id)"]).status == 200)
      try await stack.moveClock(by: 86_400)
      try await stack.until("SELECT count(*) FROM delivery.job_later", is: "0")
      try await stack.until("SELECT count(*) FROM delivery.job", is: "0")
      #expect(try await client.receiveAll(bob, after: "0").texts == ["received"])
      #expect(try await stub.pushes(to: "b0b", 1).count == 1)
    }
  }

  @Test func `pictever 18: a book is matched, and who comes is told by name`() async throws {
    try await with { stack, stub, client, ann, bob in
      #expect(try await client.text("/get_address_book", ann).isEmpty)
      try await upload(#"[{"tel":"\#(annPhone)","name":"Annie"}]"#, by: bob, client)
      try await upload(#"[{"tel":"\#(bobPhone)","name":"Bobby"}]"#, by: ann, client)
      let list = try await client.get("/get_address_book", headers: ann.cookie).json().array
      #expect(list?.compactMap { $0.object?["name"]?.string } == ["Bobby"])
      #expect(list?.first?.object?["user_id"]?.string == bob.id)
      let joined = try await stub.pushes(to: "b0b", 1)
      #expect(joined.count == 1 && joined.first?.provider == "apns")
      #expect(joined.first?.aps?["alert"]?.string?.contains("Annie") == true)
      #expect(joined.first?.aps?["sound"] == nil)
      let ready = try await stub.pushes(to: "anntoken", 1)
      #expect(ready.first?.data["get_address_book"] != nil)
      try await upload(#"[{"tel":"\#(bobPhone)","name":"Bobby"}]"#, by: ann, client)
      try await stack.until("SELECT count(*) FROM delivery.job", is: "0")
      #expect(try await stub.log().count == ready.count + joined.count)
    }
  }

  @Test func `pictever 19: a message that comes later is announced once`() async throws {
    try await with { stack, stub, client, ann, bob in
      try await upload(#"[{"tel":"\#(annPhone)","name":"Annie"}]"#, by: bob, client)
      let days = #"{"type":"day","parameters":3}"#
      #expect(try await client.futureSend("x", by: ann, to: ["id\(bob.id)"], days).status == 200)
      let told = try await stub.pushes(to: "b0b", 1)
      #expect(told.count == 1 && told.first?.aps?["alert"]?.string?.contains("Annie") == true)
      let soon = #"{"type":"calendar","parameters":"\#(Int(time(nil)) + 100)"}"#
      #expect(try await client.futureSend("x", by: ann, to: ["id\(bob.id)"], soon).status == 200)
      #expect(try await client.futureSend("x", by: ann, to: ["id\(ann.id)"], days).status == 200)
      try await stack.until("SELECT count(*) FROM delivery.job WHERE ready <= now()", is: "0")
      #expect(try await stub.pushes(to: "b0b", 1).count == 1)
      #expect(try await stub.pushes(to: "anntoken", 0).isEmpty)
    }
  }

  @Test func `pictever A2 and A7: the next push knows where its person is, ten times`() async throws {
    try await with { stack, stub, client, ann, bob in
      let to = ["id\(bob.id)"]
      for number in 0..<10 {
        let form = [("email", "bob@x.org"), ("password", appPassword(1)), ("os", "ios"), ("reg_id", "b0b\(number)")]
        let reply = try await client.post("/login", form: form)
        let cookie = try #require(reply.header("Set-Cookie")?.prefix { $0 != ";" })
        #expect(try await client.futureSend("x", by: ann, to: to).status == 200)
        #expect(try await stub.pushes(to: "b0b\(number)", 1).count == 1)
        #expect(try await client.send("POST", "/logout", headers: [("Cookie", String(cookie))]).status == 200)
        #expect(try await client.futureSend("x", by: ann, to: to).status == 200)
      }
      try await stack.until("SELECT count(*) FROM delivery.job", is: "0")
      #expect(try await stub.log().count == 10)
    }
  }

  @Test func `pictever 20: what a provider puts off comes again under the same id`() async throws {
    try await with { stack, stub, client, ann, bob in
      try await stub.answer(#"{"status":503,"times":2}"#)
      #expect(try await client.futureSend("x", by: ann, to: ["id\(bob.id)"]).status == 200)
      let tries = try await stub.pushes(to: "b0b", 3, within: .seconds(20))
      #expect(tries.map(\.status) == [503, 503, 200], "\(stack.allLines.suffix(20).joined(separator: "\n"))")
      #expect(Set(tries.map(\.collapse)).count == 1)
      #expect(tries.last?.aps?["sound"]?.string == "ache.caf" && tries.last?.aps?["badge"]?.number?.int == 1)
    }
  }

  @Test func `pictever 20: a token that is gone is forgotten, and the message stays`() async throws {
    try await with { stack, stub, client, ann, bob in
      try await stub.answer(#"{"gone":["anntoken","b0b"]}"#)
      #expect(try await client.futureSend("x", by: ann, to: ["id\(bob.id)", "id\(ann.id)"]).status == 200)
      try await stack.until("SELECT count(*) FROM delivery.device", is: "0")
      #expect(try await client.receiveAll(bob, after: "0").texts == ["x"])
      #expect(try await stack.rows("SELECT DISTINCT notif_delivered FROM delivery.message") == ["t"])
    }
  }

  @Test func `a clock that jumps an hour back and forth fires nothing early and nothing twice`() async throws {
    try await with { stack, stub, client, ann, bob in
      #expect(try await client.futureSend("now", by: ann, to: ["id\(bob.id)"]).status == 200)
      #expect(try await stub.pushes(to: "b0b", 1).count == 1)
      let half = #"{"type":"min","parameters":30}"#
      #expect(try await client.futureSend("half", by: ann, to: ["id\(bob.id)"], half).status == 200)
      try await stack.moveClock(by: -3600)
      #expect(try await client.futureSend("back", by: ann, to: ["id\(bob.id)"]).status == 200)
      #expect(try await stub.pushes(to: "b0b", 2).count == 2)
      try await stack.moveClock(by: 3600)
      try await stack.moveClock(by: 1800)
      #expect(try await stub.pushes(to: "b0b", 3).count == 3)
      try await stack.moveClock(by: -3600)
      try await stack.moveClock(by: 3600)
      try await stack.until("SELECT count(*) FROM delivery.job", is: "0")
      let seen = try await stub.log()
      #expect(seen.count == 3 && Set(seen.map(\.collapse)).count == 3)
      #expect(try await client.receiveAll(bob, after: "0").items.count == 3)
    }
  }

  @Test func `a newcomer is welcomed by mail, in the language of the country`() async throws {
    let relay = try LoopbackServer.smtp()
    defer { relay.close() }
    let settings = ["CARILLON_SMTP_URL": "smtp://127.0.0.1:\(relay.port)", "CARILLON_MAIL_FROM": "no-reply@x.org"]
    try await Stack.with([.auth, .delivery, .gateway], settings: settings) { stack in
      let form = [("email", "lea@x.org"), ("password", appPassword(1)), ("country_code", "fr")]
      let trace = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
      #expect(try await stack.client().post("/signup", form: form, headers: [trace]).status == 200)
      try await stack.until("SELECT state FROM delivery.mail", is: "sent")
      let mail = relay.inputs.joined()
      #expect(mail.contains("RCPT TO:<lea@x.org>") && mail.contains("Subject: Bienvenue"))
      // It is said once it is stored.
      try await stack.daemon(.delivery).process.line("mail.sent") { $0.contains("mail.sent") }
      let told = stack.allLines.filter { $0.contains("mail.sent") }
      #expect(told.count == 1 && told[0].contains(#""request":"4bf92f3577b34da6a3ce929d0e0e4736""#), "\(told)")
    }
  }

  @Test func `pictever 20: two workers, one killed in mid-run, and every message is attempted`() async throws {
    try await swarm(1000, mode: nil)
  }

  @Test func `ten thousand due at once, a worker killed, the provider away for five seconds`() async throws {
    try await swarm(10_000, mode: #"{"status":503,"seconds":5}"#)
  }

  @Test func `a small server is given no more at once than it can take`() async throws {
    try await PushStub.with(stub: "small_provider.py") { stack, stub in
      try await due(400, on: stack)
      try await stack.moveClock(by: 3601)
      _ = try await stack.rows("SELECT pg_notify('delivery_job', '')")
      try await stack.until("SELECT count(*) FROM delivery.message WHERE NOT notif_delivered", is: "0")
      let seen = try await stub.log()
      #expect(seen.count == 400 && Set(seen.map(\.collapse)).count == 400)
      // Connections that the server had no room for would come seconds later, and again.
      let times = seen.map(\.time).sorted()
      #expect(times[399] - times[0] < 5)
    }
  }

  /// Messages due in an hour, in one second, each for another receiver.
  private func due(_ count: Int, on stack: Stack) async throws {
    _ = try await stack.rows(
      """
      WITH people AS (
        INSERT INTO delivery.person (id, revision, name, country)
        SELECT gen_random_uuid(), 1, '', 'us' FROM generate_series(1, \(count)) RETURNING id
      ), devices AS (
        INSERT INTO delivery.device SELECT id, 'pictever', 'android', id::text FROM people
      ), messages AS (
        INSERT INTO delivery.message (id, sender, receiver, text, photo_id, video_id, sound_id, created, delivery_time,
          receive_label, receive_color)
        SELECT gen_random_uuid(), id, id, '', '', '', '', now(), now() + interval '1 hour', 'x', 'x' FROM people
        RETURNING id, delivery_time
      )
      INSERT INTO delivery.job_later (id, priority, kind, app, due, ready)
      SELECT id, 1, 'message', 'pictever', delivery_time, delivery_time FROM messages
      """
    )
  }

  /// Messages due in one second for many receivers, on two workers of which one dies.
  private func swarm(_ count: Int, mode: String?) async throws {
    try await PushStub.with { stack, stub in
      let other = try await stack.startCopy(of: .delivery)
      try await due(count, on: stack)
      #expect(try await stub.log().isEmpty)
      if let mode { try await stub.answer(mode) }
      try await stack.moveClock(by: 3601)
      _ = try await stack.rows("SELECT pg_notify('delivery_job', '')")
      while try await stub.log().count < count / 5 { try await pause(for: .milliseconds(50)) }
      other.process.signal(SIGKILL)
      let done = "SELECT count(*) FROM delivery.message WHERE NOT notif_delivered"
      try await stack.until(done, is: "0", within: .seconds(60))
      try await stack.until("SELECT count(*) FROM delivery.job", is: "0", within: .seconds(60))
      let seen = try await stub.log()
      let sent = seen.filter { $0.status == 200 }
      #expect(Set(sent.map(\.collapse)).count == count)
      #expect(Set(sent.map(\.token)).count == count)
      // At most what the dead worker held, whose answers it could not note.
      #expect(sent.count - count <= 600, "\(sent.count - count) repeated")
      #expect(try await stack.rows("SELECT count(*) FROM delivery.dead_job") == ["0"])
    }
  }
}
