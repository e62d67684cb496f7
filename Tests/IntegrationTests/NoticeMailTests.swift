import JSON
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

/// Notices to mail addresses that are nobody's yet.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct NoticeMailTests {
  private func count(_ table: String, _ bench: MessageBench) async throws -> Int {
    try await bench.bench.database.query("SELECT count(*) FROM delivery.\(unescaped: table)")[0].get(0)
  }

  private func code(_ key: String?, _ bench: MessageBench, to address: String? = "ann@x.org") async throws(Failure) {
    let call = Delivery.Notify(mail: address ?? "", title: "Your code", body: "Your code is 12345678\n")
    _ = try await bench.jobs.notify(call, CallContext(key: key))
  }

  @Test func `a code goes to an address that is nobody's yet, once per key`() async throws {
    try await MessageBench.with { bench in
      let server = try LoopbackServer.smtp()
      bench.bench.send(via: server)
      bench.bench.work([:])
      for _ in 0..<2 { try await code("a", bench) }
      try await bench.bench.tries(1)
      let mail = server.inputs.joined()
      #expect(mail.contains("RCPT TO:<ann@x.org>") && mail.contains("Subject: Your code\r\n"))
      #expect(mail.contains("Your code is 12345678") && server.messageIDs.count == 1)
      server.close()
    }
  }

  @Test func `what is for an address waits while mail is off, what is for a user does not`() async throws {
    try await MessageBench.with { bench in
      bench.bench.work([:])
      let bob = try await bench.person()
      try await bench.notify(bob, key: "user") { $0.channels = [.mail] }
      try await code("address", bench)
      try await bench.bench.settled(2)
      #expect(Set(bench.bench.settled.map(\.verdict.word)) == ["unreachable", "sent"])
      #expect(try await count("mail WHERE state = 'queued' AND recipient = 'ann@x.org'", bench) == 1)
      #expect(try await count("mail", bench) == 1)
    }
  }

  @Test func `a notice is for one user or one address, and has a key`() async throws {
    try await MessageBench.with { bench in
      let bob = try await bench.person()
      for text in [
        "{}", #"{"to":"\#(bob.id)","mail":"a@x.org"}"#, #"{"to":"bob"}"#,
      ] {
        let fields = text.dropFirst().dropLast()
        let json = "{\"title\":\"\",\"body\":\"\"\(fields.isEmpty ? "" : ",")\(fields)}"
        let call = try Delivery.Notify(json: RawJSON(validating: Array(json.utf8)))
        await #expect(throws: Failure.invalid("to")) { _ = try await bench.jobs.notify(call, CallContext(key: "k")) }
      }
      for key in [nil, ""] { await #expect(throws: Failure.missing("key")) { try await code(key, bench) } }
      for key in ["a\0", String(repeating: "k", count: 1001)] {
        await #expect(throws: Failure.invalid("key")) { try await code(key, bench) }
      }
      try await code("nul", bench, to: "a\0@x.org")
      bench.bench.work([:])
      try await bench.bench.settled(1)
      #expect(bench.bench.settled[0].verdict == .dead(reason: "cannot be stored"))
    }
  }
}

extension JobVerdict {
  /// The first word of it, for tests of what does not come in one order.
  fileprivate var word: String {
    switch self {
    case .done(let end): end.rawValue
    case .retry: "retry"
    case .wait, .expectNews: "wait"
    case .dead: "dead"
    }
  }
}
