import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import AuthCore

@Suite(.needsPostgres)
@LoopActor
struct AuthPhoneTests {
  @Test func `a number belongs to one account and is free again when it changes`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      try await bench.signUp("bob@x.org")
      let ann = try await bench.signIn("ann@x.org")
      let bob = try await bench.signIn("bob@x.org")
      try await bench.setPhone("00 33 1 99 00 12 01", of: ann)
      #expect(try await bench.store.account(UUIDValue(ann.user)!)?.phone == "0033199001201")
      let taken = await bench.failure { try await bench.setPhone("+33199001201", of: bob) }
      #expect(taken == Failure(.conflict, .phoneTaken))
      try await bench.setPhone("0033199001201", of: ann)
      try await bench.setPhone("0033199001299", of: ann)
      try await bench.setPhone("+33199001201", of: bob)
      await bench.expect(.invalid("phone_number")) { try await bench.setPhone("nonsense", of: ann) }
    }
  }

  @Test func `delivery hears of every change, each snapshot newer than the one before`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org", country: "fr")
      let early = try await bench.signIn("ann@x.org", token: "dropped, there is no device yet")
      try await bench.setPhone("0199001201", of: early, token: "t1")
      let late = try await bench.signIn("ann@x.org", token: "t2")
      _ = try await bench.handler.logout(late.context)
      let people = try await bench.posted(Delivery.NotePerson.self)
      #expect(people.map(\.phone) == [nil, "0033199001201", "0033199001201", "0033199001201"])
      #expect(people.map(\.tokens) == [[], ["t1"], ["t2"], []])
      #expect(people.map(\.revision) == [1, 2, 3, 4])
      #expect(Set(people.map(\.country)) == ["fr"] && Set(people.map(\.user)) == [early.user])
    }
  }

  @Test func `who changes a number or a device is answered once delivery has heard, nobody else`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      try await bench.signUp("bob@x.org")
      let ann = try await bench.signIn("ann@x.org", token: "dropped, there is no device yet")
      #expect(bench.waits.keys == [])
      let person = "person:\(ann.user.text)"
      try await bench.setPhone("0199001201", of: ann, token: "t1")
      #expect(bench.waits.keys.last == ["\(person):2"])
      // The app says `ios` from here on.
      _ = try await bench.signIn("ann@x.org", token: "t2")
      #expect(bench.waits.keys.last == ["\(person):3"])
      let again = try await bench.signIn("ann@x.org", token: "t2")
      #expect(bench.waits.keys.count == 2)
      let bob = try await bench.signIn("bob@x.org")
      #expect(bench.waits.keys.count == 2)
      try await bench.setPhone("0199001202", of: bob, token: "t2")
      #expect(bench.waits.keys.last == ["\(person):5", "person:\(bob.user.text):2"])
      _ = try await bench.handler.logout(again.context)
      #expect(bench.waits.keys.last?.count == 2 && bench.waits.keys.last?.last == "\(person):6")
    }
  }

  @Test func `a push token follows the device to its next account`() async throws {
    try await AuthBench.with { bench in
      try await bench.signUp("ann@x.org")
      try await bench.signUp("bob@x.org")
      try await bench.setPhone("0033199001201", of: try await bench.signIn("ann@x.org"), token: "shared")
      try await bench.setPhone("0033199001202", of: try await bench.signIn("bob@x.org"), token: "shared")
      let last = try await bench.posted(Delivery.NotePerson.self).suffix(2)
      #expect(last.map(\.phone) == ["0033199001201", "0033199001202"])
      #expect(last.map(\.tokens) == [[], ["shared"]])
    }
  }

  @Test func `with text messages a number counts once its code is typed`() async throws {
    try await AuthBench.with(configure: { $0.phoneVerification = .sms }) { bench in
      try await bench.signUp("ann@x.org")
      let ann = try await bench.signIn("ann@x.org")
      try await bench.setPhone("0033199001201", of: ann, token: "t1")
      #expect(try await bench.store.account(UUIDValue(ann.user)!)?.phone == nil)
      let text = try #require(try await bench.posted(Delivery.SendText.self).first)
      #expect(text.to == "0033199001201")
      let code = String(text.text.suffix(6))
      let other = code == "000000" ? "111111" : "000000"
      await bench.expect(Failure(.conflict, .wrongCode)) { try await confirm(other, ann, bench) }
      #expect(bench.waits.keys == [])
      try await confirm(code, ann, bench)
      #expect(bench.waits.keys == [["person:\(ann.user.text):2"]])
      #expect(try await bench.store.account(UUIDValue(ann.user)!)?.phone == "0033199001201")
      await bench.expect(Failure(.conflict, .wrongCode)) { try await confirm(code, ann, bench) }
    }
  }

  @Test func `a text message's code is spent after five wrong ones`() async throws {
    try await AuthBench.with(configure: { $0.phoneVerification = .sms }) { bench in
      try await bench.signUp("ann@x.org")
      let ann = try await bench.signIn("ann@x.org")
      try await bench.setPhone("0033199001201", of: ann)
      let code = String(try #require(try await bench.posted(Delivery.SendText.self).first).text.suffix(6))
      let other = code == "000000" ? "111111" : "000000"
      for _ in 0..<5 { _ = await bench.failure { try await confirm(other, ann, bench) } }
      await bench.expect(Failure(.conflict, .wrongCode)) { try await confirm(code, ann, bench) }
    }
  }

  private func confirm(_ code: String, _ session: Auth.OpenedSession, _ bench: AuthBench) async throws {
    _ = try await bench.handler.confirmPhone(
      bench.submission(#"{"verification_code":"\#(code)"}"#),
      session.context
    )
  }
}
