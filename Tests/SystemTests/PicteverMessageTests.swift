import Glibc
import JSON
import Kit
import Loop
import Settings
import Testing

/// The acceptance scenarios of pictever.md 5 that are about messages.
@Suite(.serialized, .needsDaemons) @LoopActor struct PicteverMessageTests {
  private let annPhone = "0033199001201"
  private let bobPhone = "0033199001202"
  private let cydPhone = "0033199001203"
  private static let keys: Set<String> = [
    "message_id", "from_id", "from_email", "from_numero", "message", "photo_id", "video_id", "sound_id", "created_at",
    "received_at", "receive_label", "receive_color", "from_facebook_id", "from_facebook_name", "version",
  ]

  private func with(
    copies: Int = TestEnvironment.copies,
    _ body: @LoopActor (Stack, TestClient, _ ann: Member, _ bob: Member) async throws -> Void
  ) async throws {
    let settings = ["CARILLON_RATE_LIMITS": "off"]
    try await Stack.with([.auth, .delivery, .gateway], settings: settings, copies: copies) { stack in
      let client = stack.client()
      let (ann, bob) = (try await client.appMember("ann@x.org"), try await client.appMember("bob@x.org"))
      try await body(stack, client, ann, bob)
    }
  }

  private func now() -> Int { Int(time(nil)) }

  @Test func `pictever 5: choices are the same in both languages but for their words`() async throws {
    try await with { stack, client, ann, _ in
      #expect(try await client.signUp("lea@x.org", country: "fr").status == 200)
      let lea = try await client.appSession("lea@x.org")
      var lists: [[JSONObject]] = []
      for member in [ann, lea] {
        let reply = try await client.get("/get_send_choices", headers: member.cookie)
        lists.append(try #require(try reply.json().array, "\(reply.status) \(reply.text)").compactMap(\.object))
      }
      let orders = lists[0].compactMap { $0["order_id"]?.string }
      #expect(orders.count == 8 && orders == orders.sorted())
      #expect(lists[0].map { $0["key"]?.string } == lists[1].map { $0["key"]?.string })
      #expect(!lists[0].contains { $0["key"]?.string == "calendar" })
      #expect(
        lists[0].first?["send_label"]?.string == "Send Now" && lists[1].first?["send_label"]?.string == "Maintenant"
      )
    }
  }

  @Test func `pictever 6 and 7: a message comes at its date, once, for cursors of every form`() async throws {
    try await with { stack, client, ann, bob in
      try await client.setDevice(annPhone, os: "ios", token: "", of: ann)
      let due = now() + 60
      let option = #"{"type":"calendar","timezone":"1","parameters":"\#(due)"}"#
      #expect(try await client.futureSend("hello", by: ann, to: ["id\(bob.id)"], option).status == 200)
      let before = try await client.receiveAll(bob, after: "\(now())")
      #expect(before.items.isEmpty)
      #expect(try await client.future(bob) == "1")
      try await stack.known(annPhone)
      try await stack.moveClock(by: 60)
      let after = try await client.receiveAll(bob, after: before.cursor)
      let item = try #require(after.items.first)
      #expect(after.items.count == 1 && Set(item.members.map(\.name)) == Self.keys)
      #expect(item.members.allSatisfy { $0.value.string != nil })
      #expect(item["received_at"]?.string == "\(due).0" && item["receive_label"]?.string == "A moment earlier")
      #expect(item["from_numero"]?.string == annPhone && item["from_email"]?.string == "ann@x.org")
      #expect(try await client.receiveAll(bob, after: after.cursor).items.isEmpty)
      #expect(try await client.future(bob) == "0")
      #expect(try await client.receiveAll(bob, after: "1.412932E9").texts == ["hello"])
      #expect(try await client.receiveAll(bob, after: "4.0E9").items.isEmpty)
      for bad in ["abc", ""] {
        #expect(try await client.get("/receive_all?ts=\(bad)", headers: bob.cookie).status == 400)
      }
      #expect(try await client.get("/receive_all", headers: bob.cookie).status == 400)
    }
  }

  @Test func `pictever 8: fifty writers and a reader, nothing lost and nothing twice`() async throws {
    try await with { _, client, ann, bob throws in
      let writers = (0..<50).map { writer in
        onLoop {
          var sent = 0
          for number in 0..<4 {
            let reply = try? await client.futureSend("\(writer).\(number)", by: ann, to: ["id\(bob.id)"])
            if reply?.status == 200 { sent += 1 }
          }
          return sent
        }
      }
      var (seen, cursor): ([String], String) = ([], "0")
      for _ in 0..<5000 where seen.count < 200 {
        let batch = try await client.receiveAll(bob, after: cursor)
        seen += batch.texts
        cursor = batch.cursor
      }
      var sent = 0
      for writer in writers { sent += await writer.value }
      #expect(sent == 200 && seen.count == 200 && Set(seen).count == 200)
      #expect(try await client.receiveAll(bob, after: cursor).items.isEmpty)
    }
  }

  @Test func `pictever 9: a date that is over means now`() async throws {
    try await with { _, client, ann, bob throws in
      let cursor = "\(now())"
      let option = #"{"type":"calendar","parameters":"\#(now() - 600)"}"#
      #expect(try await client.futureSend("late", by: ann, to: ["id\(bob.id)"], option).status == 200)
      #expect(try await client.receiveAll(bob, after: cursor).texts == ["late"])
    }
  }

  @Test func `pictever 10: a surprise comes to all at the same moment`() async throws {
    try await with { stack, client, ann, bob in
      let targets = ["id\(bob.id)", "id\(ann.id)", "num\(cydPhone)"]
      let start = now()
      let reply = try await client.futureSend("x", by: ann, to: targets, #"{"type":"surprise"}"#)
      try #require(reply.status == 200, "\(reply.status) \(reply.text) \(reply.headers)")
      let times = try await stack.rows("SELECT extract(epoch FROM delivery_time)::float8 FROM delivery.message")
      #expect(times.count == 3 && Set(times).count == 1)
      let span = (Double(times[0]) ?? 0) - Double(start)
      #expect(span > 5_259_480 && span < 25_000_010)
    }
  }

  @Test func `pictever 11: a faulty request stores nothing`() async throws {
    try await with { stack, client, ann, bob in
      let target = ["id\(bob.id)"]
      let option = #"{"type":"day","time_zone":0,"parameters":2}"#
      #expect(try await client.futureSend("x", by: ann, to: target, option).status == 200)
      let spans = try await stack.rows("SELECT extract(epoch FROM delivery_time - created)::int FROM delivery.message")
      #expect(spans == ["172800"])
      #expect(try await client.futureSend("x", by: ann, to: target, #"{"type":"fortnight"}"#).status == 400)
      #expect(try await client.futureSend("x", by: ann, to: target + ["idNOPE"]).status == 400)
      let form = [("message", "x"), ("receiver_ids", #"["id\#(bob.id)"]"#)]
      let reply = try await client.post("/send", form: form, headers: ann.cookie)
      #expect(reply.status == 400)
      #expect(try reply.value("error")?.string == "missing")
      #expect(try await client.post("/send", form: form).status == 401)
      #expect(try await stack.rows("SELECT count(*) FROM delivery.message") == ["1"])
    }
  }

  @Test func `pictever 12: a bottle waits for its number, and for its time`() async throws {
    try await with { stack, client, ann, _ in
      let option = #"{"type":"day"}"#
      #expect(try await client.futureSend("hello", by: ann, to: ["num\(cydPhone)"], option).status == 200)
      #expect(try await client.future(ann) == "0")
      #expect(try await client.receiveAll(ann, after: "0").items.isEmpty)
      try await stack.moveClock(by: 3 * 86_400)
      let cyd = try await client.appMember("cyd@x.org")
      try await client.setDevice(cydPhone, os: "ios", token: "", of: cyd)
      try await stack.until("SELECT count(*) FROM delivery.message WHERE bottle IS NULL", is: "1")
      let batch = try await client.receiveAll(cyd, after: "1412932000")
      let received = try #require(batch.items.first?["received_at"]?.string.flatMap { Double($0) })
      #expect(batch.texts == ["hello"] && abs(received - Double(now() + 3 * 86_400)) < 10)
      try await client.setDevice(cydPhone, os: "ios", token: "", of: cyd)
      #expect(try await client.receiveAll(cyd, after: batch.cursor).items.isEmpty)

      #expect(try await client.futureSend("early", by: ann, to: ["num0033199001204"], option).status == 200)
      let dan = try await client.appMember("dan@x.org")
      try await client.setDevice("0033199001204", os: "ios", token: "", of: dan)
      try await stack.until("SELECT count(*) FROM delivery.message WHERE bottle IS NULL", is: "2")
      #expect(try await client.receiveAll(dan, after: "0").items.isEmpty)
      try await stack.moveClock(by: 86_400)
      #expect(try await client.receiveAll(dan, after: "0").texts == ["early"])
    }
  }

  @Test func `pictever 12: who sets a number finds what waits for it at the first look, ten times`() async throws {
    try await with { stack, client, ann, _ in
      for number in 0..<10 {
        let phone = "003319900130\(number)"
        #expect(try await client.futureSend("hello \(number)", by: ann, to: ["num\(phone)"]).status == 200)
        let newcomer = try await client.appMember("new\(number)@x.org")
        try await client.setDevice(phone, os: "ios", token: "", of: newcomer)
        #expect(try await client.receiveAll(newcomer, after: "1412932000").texts == ["hello \(number)"])
        let form = [("contacts", #"["\#(phone)"]"#)]
        let reply = try await client.post("/upload_contacts", form: form, headers: ann.cookie)
        #expect(try reply.json().array?.first?.object?["user_id"]?.string == newcomer.id)
        #expect(try await client.futureSend("thanks", by: newcomer, to: ["id\(ann.id)"]).status == 200)
        let thanks = try await client.receiveAll(ann, after: "1412932000").items.first
        #expect(thanks?["from_numero"]?.string == phone)
      }
    }
  }

  @Test func `pictever 13: a received message is sent on by its receiver, once`() async throws {
    try await with { stack, client, ann, bob in
      #expect(try await client.futureSend("hello", by: ann, to: ["id\(bob.id)"]).status == 200)
      let id = try #require(try await client.receiveAll(bob, after: "0").items.first?["message_id"]?.string)
      #expect(try await client.resend(id, by: ann) == 403)
      #expect(try await client.resend(id, by: bob) == 200)
      #expect(try await client.receiveAll(bob, after: "0").items.isEmpty)
      #expect(try await client.future(bob) == "1")
      #expect(try await client.resend(id, by: bob) == 406)
      let span = "SELECT extract(epoch FROM delivery_time)::bigint FROM delivery.message WHERE id = '\(id)'"
      let first = (Int(try await stack.rows(span)[0]) ?? 0) - now()
      #expect(first > 0 && first <= 15_625_000)
      try await stack.moveClock(by: Double(first) + 63_113_852)
      #expect(try await client.signIn("bob@x.org").status == 200)
      let later = try await client.appSession("bob@x.org")
      #expect(try await client.resend(id, by: later) == 200)
      let second = (Int(try await stack.rows(span)[0]) ?? 0) - now() - first - 63_113_852
      #expect(second > 0)
    }
  }

  @Test func `pictever 15: a status rises and stays`() async throws {
    try await with { stack, client, ann, bob in
      #expect(try await client.text("/get_my_status", bob) == "Newbie")
      for _ in 0..<5 {
        #expect(try await client.futureSend("x", by: ann, to: ["id\(bob.id)"], #"{"type":"day"}"#).status == 200)
      }
      #expect(try await client.text("/get_my_status", ann) == "Explorer")
      try await stack.moveClock(by: 86_400)
      #expect(try await client.text("/get_my_status", ann) == "Explorer")
    }
  }

  @Test func `pictever 16: contacts come back as they were written`() async throws {
    try await with { stack, client, ann, bob in
      try await client.setDevice(bobPhone, os: "ios", token: "", of: bob)
      try await stack.known(bobPhone)
      let list = #"["0033199001202","+33 1 99 00 12 02","0012025550143"]"#
      let reply = try await client.post("/upload_contacts", form: [("contacts", list)], headers: ann.cookie)
      let found = try #require(try reply.json().array).compactMap(\.object)
      #expect(found.compactMap { $0["phoneNumber1"]?.string } == ["0033199001202", "+33 1 99 00 12 02"])
      #expect(found.allSatisfy { $0["email"]?.string == "" && $0["user_id"]?.string == bob.id })
    }
  }

  @Test func `pictever 17: a body that is not encoded is read as it was meant`() async throws {
    try await with { _, client, ann, bob throws in
      let raw =
        "photo_id=&receiver_ids=[\"id\(bob.id)\"]&message=Tom & Jerry 100%&delivery_option={ \"type\" : \"calendar\", "
        + "\"timezone\" : \"1\", \"parameters\" : \"1\" }"
      #expect(try await client.send("POST", "/send", headers: ann.cookie, body: Array(raw.utf8)).status == 200)
      #expect(try await client.receiveAll(bob, after: "0").texts == ["Tom & Jerry 100%"])
    }
  }

  @Test func `pictever 22: the same key twice is one message, and so is the same photo`() async throws {
    try await with { _, client, ann, bob throws in
      let key = [("Idempotency-Key", "k1")]
      for _ in 0..<2 {
        let reply = try await client.futureSend("once", by: ann, to: ["id\(bob.id)"], headers: key)
        #expect(reply.status == 200, "\(reply.status) \(reply.text) \(reply.headers)")
        #expect(try await client.futureSend("photo", by: ann, to: ["id\(bob.id)"], photo: "p1").status == 200)
      }
      #expect(try await client.receiveAll(bob, after: "0").items.count == 2)
    }
  }

  @Test func `pictever 2.5: only the operator learns how many messages wait`() async throws {
    let folder = try ScratchFolder("operator")
    defer { folder.remove() }
    let token = try folder.write("the operator's own\n", as: "token")
    let settings = ["CARILLON_RATE_LIMITS": "off", "CARILLON_LIVE_OPERATOR_TOKEN_FILE": token]
    try await Stack.with([.auth, .delivery, .gateway], settings: settings) { stack in
      let client = stack.client()
      let ann = try await client.appMember("ann@x.org")
      #expect(try await client.futureSend("x", by: ann, to: ["id\(ann.id)"], #"{"type":"day"}"#).status == 200)
      #expect(try await client.get("/messages_waiting", headers: ann.cookie).status == 401)
      let seen = try await client.get("/messages_waiting", headers: [("Authorization", "Bearer the operator's own")])
      #expect(seen.status == 200 && seen.text == "1")
    }
  }

  @Test func `messages survive the worker's death and are readable while it is away`() async throws {
    try await with(copies: 1) { stack, client, ann, bob in
      #expect(try await client.futureSend("x", by: ann, to: ["id\(bob.id)"], #"{"type":"min"}"#).status == 200)
      stack.kill(.delivery)
      try await stack.moveClock(by: 60)
      _ = try await stack.daemon(.delivery).process.ended()
      try await stack.start(.delivery)
      #expect(try await client.receiveAll(bob, after: "0").texts == ["x"])
    }
  }
}
