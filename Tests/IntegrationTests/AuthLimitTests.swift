import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import AuthCore

/// Limits as several copies of auth keep them together.
@Suite(.needsPostgres)
@LoopActor
struct AuthLimitTests {
  private let wrong = Failure(.unauthenticated, .wrongCredentials)

  @Test func `a guesser has ten tries over all copies, and no more after a restart`() async throws {
    try await AuthBench.with(copies: 3) { copies in
      try await copies[0].register("ann")
      for number in 0..<10 { await copies[0].expect(wrong) { try await copies[number % 2].logIn("ann", "no") } }
      for copy in copies {
        let refused = await copy.failure { try await copy.logIn("ann") }
        #expect(refused == Failure(.rateLimited, retryAfter: 60))
      }
      copies[0].clock.advance(by: .seconds(60))
      for copy in copies { _ = try await copy.logIn("ann") }
    }
  }

  @Test func `of sixty wrong logins at once over two copies ten are told so`() async throws {
    try await AuthBench.with(copies: 2, connections: 4) { copies in
      try await copies[0].register("ann")
      let runs = (0..<60).map { number in
        onLoop { await copies[0].failure { try await copies[number % 2].logIn("ann", "no") } }
      }
      #expect(await tally(runs) == [.unauthenticated: 10, .rateLimited: 50])
    }
  }

  @Test func `a guess that its name refuses does not use up the address`() async throws {
    let configure: (inout AuthConfiguration) -> Void = {
      $0.loginLimit = 2
      $0.loginAddressLimit = 3
    }
    try await AuthBench.with(copies: 2, connections: 4, configure: configure) { copies in
      let runs = (0..<20).map { number in
        onLoop { await copies[0].failure { try await copies[number % 2].logIn("ann", "no") } }
      }
      #expect(await tally(runs) == [.unauthenticated: 2, .rateLimited: 18])
      await copies[0].expect(wrong) { try await copies[0].logIn("bob", "no") }
      await copies[0].expect(word: .rateLimited) { try await copies[1].logIn("cyd", "no") }
    }
  }

  @Test func `of accounts made at once over two copies no more come into being than may`() async throws {
    try await AuthBench.with(copies: 2, connections: 4, configure: { $0.accountLimit = 3 }) { copies throws in
      let runs = (0..<16).map { number in
        onLoop { await copies[0].failure { try await copies[number % 2].register("user\(number)") } }
      }
      #expect(await tally(runs) == [nil: 3, .rateLimited: 13])
      #expect(try await copies[0].count("account") == 3)
      let late = await copies[0].failure { try await copies[1].register("late") }
      #expect(late == Failure(.rateLimited, retryAfter: 3600))
    }
  }

  @Test func `asking at two copies for one taken name is a guess at each`() async throws {
    try await AuthBench.with(copies: 2, configure: { $0.loginAddressLimit = 4 }) { copies in
      try await copies[0].register("ann")
      for number in 0..<4 {
        await copies[0].expect(word: .conflict) { try await copies[number % 2].register("ann") }
      }
      for copy in copies { await copy.expect(word: .rateLimited) { try await copy.register("ann") } }
      #expect(try await copies[0].count("account") == 1)
    }
  }

  @Test func `one mailbox gets five codes an hour, whichever copy is asked`() async throws {
    try await AuthBench.with(copies: 2, connections: 4) { copies in
      try await copies[0].signUp("ann@x.org")
      let runs = (0..<12).map { number in
        onLoop { await copies[0].failure { try await askCode("ann@x.org", copies[number % 2]) } }
      }
      #expect(await tally(runs) == [nil: 5, .rateLimited: 7])
      let mails = try await copies[0].posted(Delivery.Notify.self).count { $0.body.hasPrefix("Your code is ") }
      #expect(mails == 5)
    }
  }

  @Test func `of friend requests only new ones count, over all copies`() async throws {
    try await AuthBench.with(copies: 2, connections: 4, configure: { $0.friendLimit = 3 }) { copies in
      try await copies[0].signUp("ann@x.org")
      let ann = try await copies[0].signIn("ann@x.org")
      var others: [Auth.OpenedSession] = []
      for number in 0..<8 {
        try await copies[0].signUp("u\(number)@x.org")
        others.append(try await copies[0].signIn("u\(number)@x.org"))
      }
      let runs = others.enumerated().map { number, other in
        onLoop { await copies[0].failure { try await befriend(other, by: ann, at: copies[number % 2]) } }
      }
      #expect(await tally(runs) == [nil: 3, .rateLimited: 5])
      #expect(try await copies[0].count("friend_request") == 3)
      // Whom one has asked already may be asked again: that is no new request.
      let again = others.map { other in
        onLoop { await copies[0].failure { try await befriend(other, by: ann, at: copies[0]) } }
      }
      #expect(await tally(again) == [nil: 3, .rateLimited: 5])
    }
  }

  // MARK: - The table

  @Test func `the statements count as a list of all moments would`() async throws {
    try await AuthBench.with { bench in
      var generator = Dice(state: 7)
      for most in [1, 2, 5] {
        let window = TryWindow("model", of: "\(most)", most: most, within: .seconds(60))
        var taken: [Timestamp] = []
        for _ in 0..<120 {
          bench.clock.advance(by: .seconds(Int64(generator.next() % 25)))
          let now = bench.clock.now
          let live = taken.filter { now - $0 < .seconds(60) }
          let moment = try await bench.store.moments(deciding: [window])[0]
          let wait = live.count < most ? nil : live[live.count - most] + .seconds(60) - now
          #expect(window.wait(for: moment, at: now) == wait)
          let fitted = try await fits([window], bench)
          #expect(fitted == (live.count < most))
          if fitted { taken.append(now) }
        }
        #expect(taken.count > most * 10 && taken.count < 120)
        let kept = try await bench.database.query(
          "SELECT cardinality(moments)::bigint FROM auth.tries WHERE key = \(Bytea(window.key))"
        )[0].get(0, as: Int.self)
        #expect(kept <= most)
      }
    }
  }

  @Test func `a limit that an operator changes holds at once, for old tries too`() async throws {
    try await AuthBench.with { bench in
      let windows = [3, 5, 2, 6].map { TryWindow("changed", of: "a", most: $0, within: .seconds(60)) }
      var counted: [Int] = []
      for window in windows {
        var tries = 0
        while try await fits([window], bench) { tries += 1 }
        counted.append(tries)
      }
      #expect(counted == [3, 2, 0, 1])
    }
  }

  @Test func `a refusal is remembered for five seconds, then an emptied table lets people in`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      for _ in 0..<10 { await bench.expect(wrong) { try await bench.logIn("ann", "no") } }
      await bench.expect(Failure(.rateLimited, retryAfter: 60)) { try await bench.logIn("ann") }
      try await bench.database.query("DELETE FROM auth.tries")
      bench.clock.advance(by: .seconds(4))
      await bench.expect(Failure(.rateLimited, retryAfter: 56)) { try await bench.logIn("ann") }
      bench.clock.advance(by: .seconds(1))
      _ = try await bench.logIn("ann")
    }
  }

  @Test func `a clock set back by a day stops nobody, and counts again from then on`() async throws {
    try await AuthBench.with { bench in
      try await bench.register("ann")
      for _ in 0..<10 { await bench.expect(wrong) { try await bench.logIn("ann", "no") } }
      bench.clock.advance(by: .seconds(-86_400))
      _ = try await bench.logIn("ann")
      for _ in 0..<10 { await bench.expect(wrong) { try await bench.logIn("ann", "no") } }
      await bench.expect(word: .rateLimited) { try await bench.logIn("ann") }
    }
  }

  @Test func `tries that no window counts any more are deleted, however many, and others stay`() async throws {
    try await AuthBench.with { bench in
      try await bench.database.query(
        """
        INSERT INTO auth.tries (key, moments, expires)
        SELECT sha256(n::text::bytea), ARRAY[\(bench.clock.now)], \(bench.clock.now) FROM generate_series(1, 12000) AS n
        """
      )
      for name in ["ann", "bob"] { await bench.expect(wrong) { try await bench.logIn(name, "no") } }
      let upkeep = Upkeep(bench.store, clock: bench.clock.wall) { if case .upkeepFailed = $0 { Issue.record("\($0)") } }
      await upkeep.forgetTries()
      // Of ann, of bob, and of the address.
      #expect(try await bench.count("tries") == 3)
      bench.clock.advance(by: .seconds(60))
      await upkeep.forgetTries()
      #expect(try await bench.count("tries") == 0)
    }
  }

  private func fits(_ windows: [TryWindow], _ bench: AuthBench) async throws -> Bool {
    do {
      try await bench.store.count(windows, at: bench.clock.now)
      return true
    } catch is OneTooMany { return false }
  }

  private func askCode(_ email: String, _ bench: AuthBench) async throws {
    _ = try await bench.handler.sendReset(bench.submission(#"{"email":"\#(email)"}"#))
  }

  private func befriend(_ other: Auth.OpenedSession, by ann: Auth.OpenedSession, at bench: AuthBench) async throws {
    _ = try await bench.handler.requestFriend(Auth.RequestFriend(target: other.user, from: ann.user.text), ann.context)
  }

  private func tally(_ runs: [Task<Failure?, Never>]) async -> [Failure.Word?: Int] {
    var tally: [Failure.Word?: Int] = [:]
    for run in runs { tally[await run.value?.word, default: 0] += 1 }
    return tally
  }
}

/// The same throws in every run of the tests.
private struct Dice {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
