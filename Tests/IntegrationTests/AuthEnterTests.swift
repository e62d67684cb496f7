import Kit
import Loop
import Postgres
import Security
import Settings
import Testing
import Time
import Wire

@testable import AuthCore

@Suite(.needsPostgres)
@LoopActor
struct AuthEnterTests {
  @Test func `the first token of an e-mail makes its account, later ones find it`() async throws {
    try await AuthBench.with { bench in
      let runs = (0..<10).map { number in
        onLoop { try? await bench.enter(.jwt(bench.google.token("ann@x.org", at: bench.clock.now, number: number))) }
      }
      var ids: Set<UserID?> = []
      for run in runs { ids.insert(await run.value?.id) }
      #expect(ids.count == 1 && !ids.contains(nil))
      #expect(bench.google.requests == 1)
      let named = try await bench.enter(
        .jwt(bench.google.token("Ann@x.org", at: bench.clock.now)),
        #"{"email":"ann@x.org","username":"ann"}"#
      )
      #expect(ids == [named.id])
      #expect(named.handle == "ann" && named.email == "ann@x.org" && named.name == "Of Google")
    }
  }

  @Test func `an e-mail that is not the token's is refused and makes nothing`() async throws {
    try await AuthBench.with { bench in
      let token = bench.google.token("ann@x.org", at: bench.clock.now)
      let refused = await bench.failure { try await bench.enter(.jwt(token), #"{"email":"bob@x.org"}"#) }
      #expect(refused == Failure(.forbidden, .emailMismatch))
      let accounts = try await bench.count("account")
      #expect(accounts == 0)
    }
  }

  @Test func `a handle is unique in any case, and keeping one's own is fine`() async throws {
    try await AuthBench.with { bench in
      let ann = Auth.Credential.jwt(bench.google.token("ann@x.org", at: bench.clock.now))
      let bob = Auth.Credential.jwt(bench.google.token("bob@x.org", at: bench.clock.now))
      _ = try await bench.enter(ann, #"{"username":"ann"}"#)
      _ = try await bench.enter(ann, #"{"username":"Ann"}"#)
      let taken = await bench.failure { try await bench.enter(bob, #"{"username":"ANN"}"#) }
      #expect(taken == Failure(.conflict, .handleTaken))
      // Bob has no account now, and may come as somebody else.
      let accounts = try await bench.count("account")
      #expect(accounts == 1)
      let known = try await bench.posted(Delivery.NotePerson.self).map(\.email)
      #expect(known.allSatisfy { $0 == "ann@x.org" })
      #expect(try await bench.enter(bob, #"{"username":"bob"}"#).handle == "bob")
    }
  }

  @Test func `a vouched e-mail takes the account from whoever claimed it with a password`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("victim@x.org")
      let squatter = try await bench.signIn("victim@x.org")
      let token = bench.google.token("victim@x.org", at: bench.clock.now)
      let owner = try await bench.handler.verify(Auth.Verify(.jwt(token)))
      #expect(owner.user == squatter.user)
      await bench.expect(word: .unauthenticated) { try await bench.verify(squatter) }
      await bench.expect(word: .unauthenticated) { try await bench.signIn("victim@x.org") }
      #expect(bench.ended.flatMap(\.sessions) == [squatter.session])
      // Proven once, a password set later by mail stays.
      _ = try await bench.handler.verify(Auth.Verify(.jwt(token)))
      #expect(bench.ended.count == 1)
    }
  }

  @Test func `a session of the suite may claim a free e-mail once`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      try await bench.signUp("bob@x.org")
      let ann = try await bench.logIn("ann")
      let mismatch = Failure(.forbidden, .emailMismatch)
      await bench.expect(mismatch) { try await bench.enter(ann.credential, #"{"email":"bob@x.org"}"#) }
      #expect(try await bench.enter(ann.credential, #"{"email":"ann@x.org"}"#).email == "ann@x.org")
      #expect(try await bench.enter(ann.credential, #"{"email":"ANN@x.org"}"#).id == ann.user)
      await bench.expect(mismatch) { try await bench.enter(ann.credential, #"{"email":"c@x.org"}"#) }
      #expect(try await bench.store.account(UUIDValue(ann.user)!)?.emailProven == false)
    }
  }

  @Test func `an e-mail has one spelling, whichever way it came in and however long ago`() async throws {
    try await AuthBench.with { bench in
      let vouched = try await bench.enter(.jwt(bench.google.token("MiXed@X.org", at: bench.clock.now)))
      #expect(vouched.email == "mixed@x.org")
      let identity = try await bench.handler.verify(
        Auth.Verify(.jwt(bench.google.token("MIXED@x.org", at: bench.clock.now)))
      )
      #expect(identity.user == vouched.id && identity.email == "mixed@x.org")
      try await bench.register("ann")
      let ann = try await bench.logIn("ann")
      #expect(try await bench.enter(ann.credential, #"{"email":"Ann@X.org"}"#).email == "ann@x.org")
      try await bench.signUp("Bob@X.org")
      #expect(try await bench.signIn("BOB@x.org").user == bench.signIn("bob@x.org").user)
      let kept = try await bench.database.query("SELECT email FROM auth.account ORDER BY email")
      #expect(try kept.map { try $0.get(0, as: String.self) } == ["ann@x.org", "bob@x.org", "mixed@x.org"])
      // What was stored before.
      try await bench.database.query("UPDATE auth.account SET email = 'Bob@X.org' WHERE email = 'bob@x.org'")
      #expect(try await bench.handler.resolve(Auth.Resolve("bob@x.org")).email == "bob@x.org")
      #expect(try await bench.handler.search(Auth.Search("bob")).profiles.map(\.email) == ["bob@x.org"])
    }
  }

  @Test func `a token that was logged out is refused, another of the same owner is not`() async throws {
    try await AuthBench.with { bench in
      let first = bench.google.token("ann@x.org", at: bench.clock.now, number: 1)
      let second = bench.google.token("ann@x.org", at: bench.clock.now, number: 2)
      _ = try await bench.enter(.jwt(first), #"{"FCMToken":"push me"}"#)
      let identity = try await bench.handler.verify(Auth.Verify(.jwt(first)))
      _ = try await bench.handler.logout(CallContext(user: identity.user, session: identity.session))
      await bench.expect(word: .unauthenticated) { try await bench.handler.verify(Auth.Verify(.jwt(first))) }
      await bench.expect(word: .unauthenticated) { try await bench.enter(.jwt(first)) }
      #expect(try await bench.handler.verify(Auth.Verify(.jwt(second))).user == identity.user)
      #expect(bench.ended.map(\.sessions) == [[identity.session]])
      let tokens = try await bench.posted(Delivery.NotePerson.self).map(\.tokens)
      #expect(tokens == [[], ["push me"], []])
    }
  }

  @Test func `a planner's push token counts for delivery before its owner is answered`() async throws {
    try await AuthBench.with { bench in
      let token = bench.google.token("ann@x.org", at: bench.clock.now)
      let ann = try await bench.enter(.jwt(token), #"{"FCMToken":"push me"}"#)
      #expect(bench.waits.keys == [["person:\(ann.id.text):2"]])
      _ = try await bench.enter(.jwt(token))
      _ = try await bench.enter(.jwt(token), #"{"FCMToken":"push me","timezone":"Europe/Paris"}"#)
      #expect(bench.waits.keys.count == 1, "the device is the same")
      let bob = try await bench.enter(
        .jwt(bench.google.token("bob@x.org", at: bench.clock.now)),
        #"{"FCMToken":"push me"}"#
      )
      #expect(bench.waits.keys.last == ["person:\(ann.id.text):4", "person:\(bob.id.text):2"])
    }
  }

  @Test func `a server code is exchanged in the background, and what it gives is stored sealed`() async throws {
    let sealing = try #require(SealingKey([UInt8](repeating: 7, count: 32)))
    let exchange = AuthConfiguration.Exchange(
      tokenURL: GoogleStandIn.tokenURL,
      clientID: "carillon",
      clientSecret: Secret(path: "/secret", bytes: [1]),
      sealing: sealing
    )
    try await AuthBench.with(configure: { $0.google?.exchange = exchange }) { bench in
      let token = bench.google.token("ann@x.org", at: bench.clock.now)
      let account = try await bench.enter(.jwt(token), #"{"code":"4/abc"}"#)
      var grants = bench.grants.makeAsyncIterator()
      await grants.next()
      let rows = try await bench.database.query("SELECT account, refresh_token FROM auth.google_grant")
      let sealed = try rows[0].get("refresh_token", as: Bytea.self).bytes
      #expect(try rows[0].get("account", as: UUIDValue.self).user == account.id)
      #expect(sealing.open(sealed, context: Array("\(account.id) refresh".utf8)) == Array("refresh".utf8))
    }
  }

  @Test func `tokens that do not hold let nobody in`() async throws {
    try await AuthBench.with { bench in
      let now = bench.clock.now
      let expired = bench.google.token("ann@x.org", at: now - .seconds(7200))
      let endless = bench.google.token("ann@x.org", at: now, lasting: 90_000)
      for token in ["a.b.c", "", expired, endless, bench.google.token("ann", at: now)] {
        await bench.expect(word: .unauthenticated) { try await bench.enter(.jwt(token)) }
      }
      let accounts = try await bench.count("account")
      #expect(accounts == 0)
      let stranger = bench.google.token("ann@x.org", at: now)
      let noAccount = await bench.failure { try await bench.handler.verify(Auth.Verify(.jwt(stranger))) }
      #expect(noAccount == Failure(.unauthenticated, .noAccount))
    }
  }

  @Test func `known keys outlive Google's absence, unknown ones ask once a minute`() async throws {
    try await AuthBench.with { bench in
      _ = try await bench.enter(.jwt(bench.google.token("ann@x.org", at: bench.clock.now)))
      bench.google.isAway = true
      bench.clock.advance(by: .seconds(7200))
      _ = try await bench.enter(.jwt(bench.google.token("ann@x.org", at: bench.clock.now)))
      let requests = bench.google.requests
      bench.clock.advance(by: .seconds(120))
      for number in 0..<5 {
        let strange = bench.google.token("ann@x.org", at: bench.clock.now, key: "other", number: number)
        await bench.expect(word: .unauthenticated) { try await bench.enter(.jwt(strange)) }
      }
      #expect(bench.google.requests == requests + 1)
    }
  }

  @Test func `without keys there is no answer rather than a wrong one`() async throws {
    try await AuthBench.with { bench in
      bench.google.isAway = true
      let token = bench.google.token("ann@x.org", at: bench.clock.now)
      await bench.expect(.unavailable) { try await bench.enter(.jwt(token)) }
    }
    try await AuthBench.with(configure: { $0.google = nil }) { bench in
      let token = bench.google.token("ann@x.org", at: bench.clock.now)
      await bench.expect(word: .unauthenticated) { try await bench.enter(.jwt(token)) }
    }
  }
}
