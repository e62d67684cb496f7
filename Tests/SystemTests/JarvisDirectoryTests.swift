import JSON
import Kit
import Loop
import Testing

/// The acceptance scenarios of jarvis.md 5 that are about people.
@Suite(.serialized, .needsDaemons) @LoopActor struct JarvisDirectoryTests {
  private func enter(
    _ client: TestClient,
    _ fields: String,
    headers: [(String, String)] = []
  ) async throws -> HTTPReply {
    try await client.post("/user", json: fields, headers: headers)
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 1: a stranger is refused at once, another user is forbidden`(signIn: SignIn) async throws {
    try await Accounts.with(signIn) { stack, accounts in
      let client = stack.client()
      let (ann, bob) = (
        try await accounts.member("ann@x.org", on: stack), try await accounts.member("bob@x.org", on: stack)
      )
      for path in ["/user/ann@x.org/events", "/user/\(ann.id)/events/", "/user/ann%40x.org/events"] {
        let stranger = try await client.send("GET", path, within: .seconds(1))
        #expect(stranger.status == 401)
        #expect(try stranger.value("status")?.string == "error")
        #expect(try stranger.value("error")?.string?.isEmpty == false)
        let other = try await client.get(path, headers: bob.bearer)
        #expect(other.status == 403)
        #expect(try other.value("status")?.string == "error")
        // No calendar runs here: that it is asked at all shows that ann is let through.
        #expect(try await client.get(path, headers: ann.bearer).status == 503)
        let small = [("authorization", "bearer \(ann.token)")]
        #expect(try await client.get(path, headers: small).status == 503)
      }
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 2: entering gives one lasting id and no secret`(signIn: SignIn) async throws {
    try await Accounts.with(signIn) { stack, accounts in
      let client = stack.client()
      let ann = try await accounts.member("ann@x.org", on: stack)
      let fields = #"{"email":"ann@x.org","jwt_token":"\#(ann.token)","username":"ann"}"#
      for body in [fields, fields, fields.replacing("jwt_token", with: "idToken")] {
        let reply = try await enter(client, body)
        #expect(reply.status == 200 && reply.header("Content-Type") == "application/json")
        #expect(try reply.value("response", "id")?.string == ann.id)
        #expect(try reply.value("id")?.string == ann.id)
        #expect(try reply.value("email")?.string == "ann@x.org")
        #expect(try reply.value("username")?.string == "ann")
        #expect(!reply.text.lowercased().contains("token"))
      }
      #expect(try await enter(client, "{}", headers: ann.bearer).status == 200)
      let nameless = try await enter(client, "{}", headers: try await client.chatMember("nameless").bearer)
      #expect(try nameless.value("email")?.string == "")
      let bare = try await client.send("POST", "/user", headers: ann.bearer)
      #expect(bare.status == 200, "\(bare.text)")
      #expect(try await client.send("POST", "/user").status == 401)
      _ = try await accounts.member("bob@x.org", on: stack)
      let foreign = fields.replacing("ann@x.org", with: "bob@x.org")
      #expect(try await enter(client, foreign).status == 403)
      #expect(try await enter(client, #"{"email":"ann@x.org"}"#).status == 401)
      #expect(try await enter(client, #"{"jwt_token":"nonsense"}"#).status == 401)
    }
  }

  /// The app reads texts; a null or nothing in their place is what it cannot read.
  @Test func `jarvis 2.2: who has chosen no username has one to show`() async throws {
    try await CalendarStack.with { it in
      let entered = try await it.send("POST", "/user", "{}", by: it.ann)
      #expect(try entered.value("username")?.string == "ann")
      #expect(try await it.get("/user?q=ann@", by: it.bob).json().array?.first?.member("username")?.string == "ann")
      #expect(try await it.get("/user/\(it.ann.id)", by: it.bob).value("response", "username")?.string == "ann")
      #expect(try await it.get("/user/\(it.ann.id)", by: it.ann).value("response", "username")?.string == "ann")
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 2: a username belongs to one`(signIn: SignIn) async throws {
    try await Accounts.with(signIn) { stack, accounts in
      let client = stack.client()
      let (ann, bob) = (
        try await accounts.member("ann@x.org", on: stack), try await accounts.member("bob@x.org", on: stack)
      )
      #expect(try await enter(client, #"{"username":"ann"}"#, headers: ann.bearer).status == 200)
      let taken = try await enter(client, #"{"username":"Ann"}"#, headers: bob.bearer)
      #expect(taken.status == 409)
      #expect(try taken.value("error")?.string == "username taken")
    }
  }

  /// The gateway knew the session before it had an e-mail, so it must not go on believing that.
  @Test func `an e-mail claimed at entering names its owner at once`() async throws {
    try await AccountStack.with { stack in
      let client = stack.client()
      let ann = try await client.chatMember("ann")
      #expect(try await client.get("/user/\(ann.id)/friends", headers: ann.bearer).status == 200)
      #expect(try await client.get("/user/ann@x.org/friends", headers: ann.bearer).status == 403)
      #expect(try await enter(client, #"{"email":"ann@x.org","idToken":"\#(ann.token)"}"#).status == 200)
      #expect(try await client.get("/user/ann@x.org/friends", headers: ann.bearer).status == 200)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 3: the search is literal, ignores case, and tells no more than the directory`(signIn: SignIn)
    async throws
  {
    try await Accounts.with(signIn) { stack, accounts in
      let client = stack.client()
      let ann = try await accounts.member("ann@x.org", on: stack)
      for email in ["bob@x.org", "cyd@x.org", "dan@y.org"] { _ = try await accounts.member(email, on: stack) }
      let everything = try await client.get("/user?q=.*", headers: ann.bearer)
      #expect(everything.status == 200)
      #expect(everything.text == "[]")
      for query in ["%25", "_", "x_org"] {
        #expect(try await client.get("/user?q=\(query)", headers: ann.bearer).text == "[]")
      }
      let found = try #require(try await client.get("/user?q=X.ORG", headers: ann.bearer).json().array)
      #expect(found.map { $0.member("name")?.string } == ["ann@x.org", "bob@x.org", "cyd@x.org"])
      for person in found {
        #expect(person.member("name") == person.member("email"))
        let names = Set(person.object?.members.map(\.name) ?? [])
        #expect(names.isSubset(of: ["id", "name", "email", "username"]))
      }
      #expect(try await client.get("/user?q=", headers: ann.bearer).json().array?.count == 4)
      #expect(try await client.get("/user?q=x").status == 401)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 4: friends are asked, and become friends when both did`(signIn: SignIn) async throws {
    try await Accounts.with(signIn) { stack, accounts in
      let client = stack.client()
      let ann = try await accounts.member("ann@x.org", on: stack)
      let (bob, cyd) = (
        try await accounts.member("bob@x.org", on: stack), try await accounts.member("cyd@x.org", on: stack)
      )
      func ask(_ target: String, as from: String, by member: Member) async throws -> HTTPReply {
        let body = #"{"from":"\#(from)"}"#
        return try await client.post("/user/\(target)/friend_request", json: body, headers: member.bearer)
      }
      for _ in 0..<2 {
        let asked = try await ask(bob.id, as: ann.id, by: ann)
        #expect(asked.status == 200)
        #expect(try asked.value("response")?.string == "pending")
      }
      let waiting = try await client.get("/user/bob@x.org/friend_requests", headers: bob.bearer)
      #expect(try waiting.value("response")?.array?.map { $0.member("from")?.string } == [ann.id])
      #expect(try await ask("ann@x.org", as: bob.id, by: bob).value("response")?.string == "accepted")
      for (member, friend) in [(ann, bob), (bob, ann)] {
        let friends = try await client.get("/user/\(member.id)/friends", headers: member.bearer)
        #expect(try friends.value("response")?.texts == [friend.id])
      }
      let none = try await client.get("/user/bob@x.org/friend_requests", headers: bob.bearer)
      #expect(try none.value("response")?.array?.isEmpty == true)
      #expect(try await ask(bob.id, as: cyd.id, by: ann).status == 403)
      #expect(try await ask(ann.id, as: ann.id, by: ann).status == 400)
      #expect(try await ask("nobody@x.org", as: ann.id, by: ann).status == 404)
      #expect(try await client.get("/user/\(ann.id)/friends", headers: cyd.bearer).status == 403)
    }
  }

  @Test(arguments: SignIn.allCases)
  func `jarvis 17: a logout ends the token it came with and no other`(signIn: SignIn) async throws {
    try await Accounts.with(signIn) { stack, accounts in
      let client = stack.client()
      let first = try await accounts.member("ann@x.org", on: stack)
      let second = try await accounts.session("ann@x.org", on: stack)
      let bob = try await accounts.member("bob@x.org", on: stack)
      let path = "/user/\(first.id)"
      #expect(try await client.send("PUT", "\(path)/logout", headers: bob.bearer).status == 403)
      let out = try await client.send("PUT", "\(path)/logout", headers: first.bearer)
      #expect(out.status == 200)
      #expect(out.text == #"{"response":"success"}"#)
      #expect(try await client.get("\(path)/friends", headers: first.bearer).status == 401)
      #expect(try await client.send("PUT", "\(path)/logout", headers: first.bearer).status == 401)
      #expect(try await enter(client, #"{"idToken":"\#(first.token)"}"#).status == 401)
      #expect(try await client.get("\(path)/friends", headers: second.bearer).status == 200)
    }
  }
}
