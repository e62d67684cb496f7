import JSON
import Kit
import Loop
import Testing

/// Signing in with a token of Google's (jarvis.md 2.1), whose keys a stand-in publishes.
@Suite(.serialized, .needsDaemons) @LoopActor struct GoogleSignInTests {
  private func bearer(_ token: String) -> [(String, String)] { [("Authorization", "Bearer \(token)")] }

  private func enter(_ client: TestClient, _ token: String) async throws -> HTTPReply {
    try await client.post("/user", json: #"{"idToken":"\#(token)"}"#)
  }

  @Test func `the first token of an e-mail makes the account, and each serves as a session`() async throws {
    try await GoogleIssuer.with { stack, google in
      let client = stack.client()
      let (first, second) = (google.token("ann@x.org"), google.token("Ann@x.org"))
      #expect(try await client.get("/user?q=", headers: bearer(first)).status == 401)
      let entered = try await enter(client, first)
      #expect(entered.status == 200)
      let id = try #require(try entered.value("response", "id")?.string)
      #expect(try await enter(client, second).value("id")?.string == id)
      for token in [first, second] {
        #expect(try await client.get("/user/ann@x.org/friends", headers: bearer(token)).status == 200)
        // Every session is one of every product.
        #expect(try await client.get("/receive_all?ts=0", headers: bearer(token)).status == 503)
      }
      #expect(try await client.send("PUT", "/user/\(id)/logout", headers: bearer(first)).status == 200)
      #expect(try await client.get("/user/\(id)/friends", headers: bearer(first)).status == 401)
      #expect(try await enter(client, first).status == 401)
      #expect(try await client.get("/user/\(id)/friends", headers: bearer(second)).status == 200)
    }
  }

  @Test func `jarvis 1: who has no account yet may sign in, and is forbidden others' paths`() async throws {
    try await GoogleIssuer.with { stack, google in
      let client = stack.client()
      let ann = try await enter(client, google.token("ann@x.org"))
      let id = try #require(try ann.value("id")?.string)
      let bob = bearer(google.token("bob@x.org"))
      for path in ["/user/ann@x.org/friends", "/user/\(id)/friends", "/user/ann@x.org/events/"] {
        #expect(try await client.get(path, headers: bob).status == 403, "\(path)")
      }
      for path in ["/user/bob@x.org/friends", "/user/BOB%40x.org/friends", "/user?q=", "/user/ann@x.org"] {
        #expect(try await client.get(path, headers: bob).status == 401, "\(path)")
      }
      let forged = bearer(google.token("bob@x.org", forged: true))
      #expect(try await client.get("/user/ann@x.org/friends", headers: forged).status == 401)
    }
  }

  @Test func `the owner of a mailbox takes over what another claimed with it`() async throws {
    try await GoogleIssuer.with { stack, google in
      let client = stack.client()
      let squatter = try await client.appMember("ann@x.org")
      let path = "/user/\(squatter.id)/friends"
      #expect(try await client.get(path, headers: squatter.bearer).status == 200)
      let owner = google.token("ann@x.org")
      #expect(try await enter(client, owner).value("id")?.string == squatter.id)
      #expect(try await client.get(path, headers: squatter.bearer).status == 401)
      #expect(try await client.signIn("ann@x.org").status == 401)
      #expect(try await client.get(path, headers: bearer(owner)).status == 200)

      // Proven once, a password set by mail stays beside Google's tokens.
      #expect(try await client.get("/send_reset_mail?email=ann@x.org").status == 200)
      let code = try await stack.mailedCode(to: "ann@x.org")
      #expect(try await client.reset("ann@x.org", code: code, to: appPassword(2)).status == 200)
      let own = try await client.appSession("ann@x.org", appPassword(2))
      #expect(try await enter(client, google.token("ann@x.org")).status == 200)
      #expect(try await client.get(path, headers: own.bearer).status == 200)
    }
  }

  @Test func `a token that is not for us, not proven, not fresh or not Google's lets nobody in`() async throws {
    try await GoogleIssuer.with { stack, google in
      let client = stack.client()
      let tokens = [
        google.token("ann@x.org", audience: "another.apps.test"),
        google.token("ann@x.org", verified: false),
        google.token("ann@x.org", lasting: -3600),
        google.token("ann@x.org", forged: true),
        google.token("ann@x.org") + "x",
        "a.b.c",
      ]
      for (number, token) in tokens.enumerated() {
        let reply = try await enter(client, token)
        #expect(reply.status == 401, "token \(number)")
        #expect(try reply.value("status")?.string == "error", "token \(number)")
        #expect(try await client.get("/user?q=", headers: bearer(token)).status == 401, "token \(number)")
      }
      #expect(try await stack.rows("SELECT count(*) FROM auth.account") == ["0"])
    }
  }

  @Test func `an e-mail that is not the token's is refused`() async throws {
    try await GoogleIssuer.with { stack, google throws in
      let body = #"{"email":"bob@x.org","idToken":"\#(google.token("ann@x.org"))"}"#
      #expect(try await stack.client().post("/user", json: body).status == 403)
    }
  }

  @Test func `without Google's settings its tokens are nobody's`() async throws {
    try await GoogleIssuer.with(settings: ["CARILLON_GOOGLE_JWKS_URL": ""]) { stack, google throws in
      #expect(try await enter(stack.client(), google.token("ann@x.org")).status == 401)
    }
  }
}
