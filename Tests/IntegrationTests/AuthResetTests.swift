import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import AuthCore

@Suite(.needsPostgres)
@LoopActor
struct AuthResetTests {
  private let wrongCode = Failure(.conflict, .wrongCode)

  @Test func `a mailed code sets a password once and ends every session`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      let before = try await bench.signIn("ann@x.org")
      await bench.expect(wrongCode) { try await reset("ABCD2345", bench) }
      let code = try await ask(bench)
      try await reset(code.lowercased(), bench)
      await bench.expect(word: .unauthenticated) { try await bench.verify(before) }
      #expect(bench.ended.flatMap(\.hashes) == [before.hash])
      await bench.expect(word: .unauthenticated) { try await bench.signIn("ann@x.org") }
      _ = try await bench.signIn("ann@x.org", "new hash")
      await bench.expect(wrongCode) { try await reset(code, bench) }
    }
  }

  @Test func `five wrong codes spend the right one`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      let code = try await ask(bench)
      for _ in 0..<5 { await bench.expect(wrongCode) { try await reset("00000000", bench) } }
      await bench.expect(wrongCode) { try await reset(code, bench) }
      _ = try await bench.signIn("ann@x.org")
    }
  }

  @Test func `of many attempts at once no more than five are looked at`() async throws {
    try await AuthBench.with(configure: { $0.limitsAreOn = false }) { bench in
      try await bench.signUp("ann@x.org")
      _ = try await ask(bench)
      let runs = (0..<40).map { _ in onLoop { await bench.failure { try await reset("00000000", bench) } } }
      for run in runs { #expect(await run.value == wrongCode) }
      let attempts = try await bench.database.query("SELECT attempts FROM auth.reset_code")[0].get(0, as: Int.self)
      #expect(attempts == 5)
    }
  }

  @Test func `a code is good for half an hour, and a new one replaces it`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      let old = try await ask(bench)
      let code = try await ask(bench)
      await bench.expect(wrongCode) { try await reset(old, bench) }
      bench.clock.advance(by: .seconds(1800))
      await bench.expect(wrongCode) { try await reset(code, bench) }
    }
  }

  @Test func `the first proof of a mailbox drops what the account's maker left in it`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("victim@x.org")
      let squatter = try await bench.signIn("victim@x.org")
      try await bench.setPhone("0033199001201", of: squatter, token: "squatter's phone")
      let code = try await ask(bench, "victim@x.org")
      try await reset(code, bench, "victim@x.org")
      let last = try #require(try await bench.posted(Delivery.NotePerson.self).last)
      #expect(last.phone == "0033199001201" && last.devices.isEmpty)
      #expect(try await bench.store.account(UUIDValue(squatter.user)!)?.emailProven == true)
    }
  }

  @Test func `strangers learn of an e-mail only where the old apps must be told`() async throws {
    try await AuthBench.with { bench in
      await bench.expect(Failure(.notFound, .unknownEmail)) { try await send("no@x.org", bench) }
      await bench.expect(Failure(.unauthenticated, .unknownEmail)) { try await reset("ABCD2345", bench, "no@x.org") }
    }
    try await AuthBench.with(configure: { $0.tellsUnknownEmails = false }) { bench in
      await bench.expect(nil) { try await send("no@x.org", bench) }
      await bench.expect(wrongCode) { try await reset("ABCD2345", bench, "no@x.org") }
    }
  }

  @Test func `one mailbox gets five codes an hour`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      for _ in 0..<5 { try await send("ann@x.org", bench) }
      await bench.expect(Failure(.rateLimited, retryAfter: 3600)) { try await send("Ann@x.org", bench) }
    }
  }

  private func send(_ email: String, _ bench: AuthBench) async throws {
    _ = try await bench.handler.sendReset(bench.submission(#"{"email":"\#(email)"}"#))
  }

  /// Asks for a code and reads it from the mail.
  private func ask(_ bench: AuthBench, _ email: String = "ann@x.org") async throws -> String {
    try await send(email, bench)
    let mail = try #require(try await bench.posted(Delivery.Notify.self).last)
    #expect(mail.mail?.lowercased() == email.lowercased() && mail.channels == [.mail] && mail.priority == .urgent)
    #expect(mail.expires == (bench.clock.now + SecretCode.lifetime).seconds)
    return String(mail.body.dropFirst("Your code is ".count).prefix(8))
  }

  private func reset(_ code: String, _ bench: AuthBench, _ email: String = "ann@x.org") async throws {
    let form = #"{"email":"\#(email)","verification_code":"\#(code)","new_password":"new hash"}"#
    _ = try await bench.handler.resetPassword(bench.submission(form))
  }
}
