import JSON
import Kit
import Loop
import Testing

/// Browsers and further telephones, from their registration to what is told there.
@Suite(.serialized, .needsDaemons) @LoopActor struct DeviceTests {
  private func add(_ body: String, by member: Member, _ client: TestClient) async throws -> String {
    let reply = try await client.post("/devices", json: body, headers: member.bearer)
    #expect(reply.status == 200, "\(reply.text)")
    return try #require(try reply.value("id")?.string)
  }

  private func names(_ member: Member, _ client: TestClient) async throws -> [String] {
    let reply = try await client.get("/devices", headers: member.bearer)
    #expect(reply.status == 200)
    return try reply.value("devices")?.array?.compactMap { $0.member("name")?.string } ?? []
  }

  @Test func `each browser of a person is told, and one that is gone is forgotten alone`() async throws {
    try await PushStub.with { stack, stub in
      let client = stack.client()
      let ann = try await client.appMember("ann@x.org")
      #expect(try await client.get("/push-key").value("key")?.string?.utf8.count == 87)
      let home = try stub.subscription("home")
      let id = try await add(home, by: ann, client)
      #expect(try await add(home, by: ann, client) == id)
      _ = try await add(stub.subscription("work"), by: ann, client)
      #expect(try await names(ann, client) == ["work", "home"])
      try await stack.until("SELECT count(*) FROM delivery.person WHERE email = 'ann@x.org'", is: "1")
      #expect(try await client.futureSend("x", by: ann, to: ["id\(ann.id)"]).status == 200)
      #expect(try await stub.pushes(to: "/web/home", 1).map(\.status) == [200])
      #expect(try await stub.pushes(to: "/web/work", 1).map(\.status) == [200])
      try await stub.answer(#"{"gone":["/web/work"]}"#)
      #expect(try await client.futureSend("y", by: ann, to: ["id\(ann.id)"]).status == 200)
      #expect(try await stub.pushes(to: "/web/home", 2).count == 2)
      try await stack.until("SELECT string_agg(name, ',') FROM delivery.added_device", is: "home")
      try await stack.until("SELECT count(*) FROM delivery.job", is: "0")
    }
  }

  @Test func `several telephones ring, with the one that signed in`() async throws {
    try await PushStub.with { stack, stub in
      let client = stack.client()
      let ann = try await client.appMember("ann@x.org")
      try await client.setDevice("0033199001201", os: "android", token: "first", of: ann)
      try await stack.known("0033199001201")
      for token in ["first", "second"] {
        let body = #"{"kind":"android","app":"pictever","token":"\#(token)","name":"\#(token)"}"#
        _ = try await add(body, by: ann, client)
      }
      _ = try await add(#"{"kind":"ios","app":"jarvis","token":"other"}"#, by: ann, client)
      #expect(try await client.futureSend("x", by: ann, to: ["id\(ann.id)"]).status == 200)
      for token in ["first", "second"] { #expect(try await stub.pushes(to: token, 1).count == 1) }
      try await stack.until("SELECT count(*) FROM delivery.job", is: "0")
      let seen = try await stub.log()
      #expect(seen.count == 2 && Set(seen.map(\.collapse)).count == 1)
    }
  }

  @Test func `a device goes with its session, by its owner's word, and by nobody else's`() async throws {
    try await PushStub.with { stack, stub in
      let client = stack.client()
      let ann = try await client.appMember("ann@x.org")
      let (elsewhere, bob) = (try await client.appSession("ann@x.org"), try await client.appMember("bob@x.org"))
      let here = try await add(stub.subscription("here"), by: ann, client)
      _ = try await add(stub.subscription("there"), by: elsewhere, client)
      #expect(try await client.send("DELETE", "/devices/\(here)", headers: bob.bearer).status == 404)
      #expect(try await client.send("DELETE", "/devices/x", headers: ann.bearer).status == 404)
      #expect(try await client.post("/logout", form: [], headers: elsewhere.cookie).status == 200)
      try await stack.until("SELECT string_agg(name, ',') FROM delivery.added_device", is: "here")
      #expect(try await client.send("DELETE", "/devices/\(here)", headers: ann.bearer).status == 200)
      #expect(try await names(ann, client).isEmpty)
      #expect(try await client.get("/devices").status == 401)
      let bad = try await client.post("/devices", json: #"{"kind":"fax"}"#, headers: ann.bearer)
      #expect(bad.status == 400 && bad.text.contains("kind"))
    }
  }
}
