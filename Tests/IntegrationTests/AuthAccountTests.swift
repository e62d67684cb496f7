import Kit
import Loop
import Postgres
import Security
import Testing
import Time
import Wire

@testable import AuthCore

@Suite(.needsPostgres)
@LoopActor
struct AuthAccountTests {
  private let wrong = Failure(.unauthenticated, .wrongCredentials)

  @Test func `of fifty registrations of one login at once, one account is made`() async throws {
    try await AuthBench.with { bench in
      let runs = (0..<50).map { _ in onLoop { await bench.failure { try await bench.register("ann") } } }
      let outcomes = await tally(runs)
      #expect(outcomes == [nil: 1, .conflict: 49])
      let accounts = try await bench.count("account")
      #expect(accounts == 1)
    }
  }

  @Test func `a login opens a session that verifies until it is logged out`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann", name: "Ann")
      let first = try await bench.logIn("ann")
      let second = try await bench.logIn(" ann ")
      #expect(first.name == "Ann" && first.user == second.user && first.token != second.token)
      #expect(canonicalUUID(first.user.text)?.dropFirst(14).first == "4")
      let identity = try await bench.verify(first)
      #expect(identity.user == first.user && identity.session == first.session && identity.expires == first.expires)
      _ = try await bench.handler.logout(first.context)
      await bench.expect(word: .unauthenticated) { try await bench.verify(first) }
      #expect(try await bench.verify(second).session == second.session)
      #expect(bench.ended == [Auth.SessionsEnded(sessions: [first.session], hashes: [first.hash])])
    }
  }

  @Test func `a wrong password and an unknown login get the same refusal`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      await bench.expect(wrong) { try await bench.logIn("ann", "wrong horse") }
      await bench.expect(wrong) { try await bench.logIn("bob", "wrong horse") }
    }
  }

  @Test func `the eleventh wrong login of a minute waits, others and later ones do not`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      try await bench.register("bob")
      for _ in 0..<10 { await bench.expect(wrong) { try await bench.logIn("ann", "no") } }
      let refused = await bench.failure { try await bench.logIn("ann") }
      #expect(refused == Failure(.rateLimited, retryAfter: 60))
      _ = try await bench.logIn("bob")
      bench.clock.advance(by: .seconds(61))
      _ = try await bench.logIn("ann")
    }
  }

  @Test func `of fifty wrong logins at once ten are told so`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      let runs = (0..<50).map { _ in onLoop { await bench.failure { try await bench.logIn("ann", "no") } } }
      let outcomes = await tally(runs)
      #expect(outcomes == [.unauthenticated: 10, .rateLimited: 40])
    }
  }

  @Test func `of twenty sign-ups for one e-mail at once, one succeeds and one welcome goes out`() async throws {
    try await AuthBench.with { bench in
      let runs = (0..<20).map { number in
        let email = number.isMultiple(of: 2) ? "ann@x.org" : "Ann@X.org"
        return onLoop { await bench.failure { try await bench.signUp(email, country: "fr") } }
      }
      let outcomes = await tally(runs)
      #expect(outcomes == [nil: 1, .conflict: 19])
      let mails = try await bench.posted(Delivery.Notify.self)
      #expect(mails.map(\.title) == ["Bienvenue"])
    }
  }

  @Test func `a sign-in finds the e-mail in any case and refuses everything else alike`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      _ = try await bench.signIn("ANN@x.org")
      await bench.expect(wrong) { try await bench.signIn("ann@x.org", "other") }
      await bench.expect(wrong) { try await bench.signIn("bob@x.org") }
      await bench.expect(wrong) { try await bench.signIn("ann@x.org", "") }
      await bench.expect(wrong) { try await bench.signIn("", "") }
      // An account of the apps serves the chat too, by its e-mail.
      let chat = try await bench.logIn("ann@x.org", "secret hash")
      #expect(chat.name == "ann")
    }
  }

  @Test func `accounts made by one address in an hour are limited, refusals do not count`() async throws {
    try await AuthBench.with(configure: { $0.accountLimit = 2 }) { bench in
      try await bench.register("ann")
      for _ in 0..<5 { await bench.expect(word: .conflict) { try await bench.register("ann") } }
      try await bench.register("bob")
      await bench.expect(word: .rateLimited) { try await bench.register("cyd") }
      bench.clock.advance(by: .seconds(3601))
      try await bench.register("cyd")
    }
  }

  @Test func `the apps' accounts have a limit of their own`() async throws {
    let configure: (inout AuthConfiguration) -> Void = {
      $0.accountLimit = 1
      $0.signupLimit = 2
    }
    try await AuthBench.with(configure: configure) { bench in
      try await bench.register("ann")
      for email in ["a@x.org", "b@x.org"] { try await bench.signUp(email) }
      await bench.expect(word: .rateLimited) { try await bench.signUp("c@x.org") }
      await bench.expect(word: .rateLimited) { try await bench.register("bob") }
    }
  }

  @Test func `the registrations of one login at once take one place under the limit`() async throws {
    try await AuthBench.with(configure: { $0.accountLimit = 2 }) { bench in
      let runs = (0..<10).map { _ in onLoop { await bench.failure { try await bench.register("ann") } } }
      #expect(await tally(runs) == [nil: 1, .conflict: 9])
      try await bench.register("bob")
      await bench.expect(word: .rateLimited) { try await bench.register("cyd") }
    }
  }

  @Test func `use pushes the end of a session away, disuse ends it`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      let session = try await bench.logIn("ann")
      bench.clock.advance(by: .seconds(29 * 86_400))
      #expect(try await bench.verify(session).expires == session.expires + 29 * 86_400)
      bench.clock.advance(by: .seconds(29 * 86_400))
      _ = try await bench.verify(session)
      bench.clock.advance(by: .seconds(30 * 86_400))
      await bench.expect(word: .unauthenticated) { try await bench.verify(session) }
    }
  }

  @Test func `an account keeps its fifty sessions of latest use`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      let first = try await bench.logIn("ann")
      for _ in 0..<50 {
        bench.clock.advance(by: .seconds(1))
        _ = try await bench.logIn("ann")
      }
      #expect(try await bench.count("session") == 50)
      #expect(bench.ended.map(\.sessions) == [[first.session]])
    }
  }

  /// How many of the runs ended in which way, by the failure's word.
  private func tally(_ runs: [Task<Failure?, Never>]) async -> [Failure.Word?: Int] {
    var tally: [Failure.Word?: Int] = [:]
    for run in runs { tally[await run.value?.word, default: 0] += 1 }
    return tally
  }

  @Test func `a password hashed at an older cost is hashed anew at login`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      var dearer = AuthConfiguration()
      dearer.passwordCost.memory = 16
      dearer.passwordCost.passes = 1
      let later = AuthBench(bench.database, dearer)
      _ = try await later.logIn("ann")
      let hash = try await bench.database.query("SELECT password_hash FROM auth.account")[0].get(0, as: String.self)
      #expect(hash.contains("m=16,t=1"))
      _ = try await later.logIn("ann")
    }
  }
}
