import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct DeliveryMailTests {
  @Test func `a mail goes out as it was handed over, and only its key stays`() async throws {
    try await DeliveryBench.with { bench in
      let server = try LoopbackServer.smtp()
      bench.send(via: server)
      try await bench.hand("welcome:1")
      try await bench.tries(1)
      #expect(bench.verdicts == [.sent])
      let input = server.inputs[0]
      #expect(input.contains("MAIL FROM:<no-reply@carillon.example>") && input.contains("RCPT TO:<ann@x.org>"))
      #expect(input.contains("Subject: Hello welcome:1\r\n") && input.contains("\r\n\r\nA secret code\r\n"))
      let stored = try await bench.mail("welcome:1")
      #expect(stored == DeliveryBench.Stored(state: "sent", attempts: 1, reason: nil, hasContent: false))
      server.close()
    }
  }

  @Test func `a key is sent once, however often it is handed over`() async throws {
    try await DeliveryBench.with { bench in
      let server = try LoopbackServer.smtp()
      try await bench.hand("a")
      try await bench.hand("a")
      bench.send(via: server)
      try await bench.tries(1)
      try await bench.hand("a")
      try await bench.hand("b")
      try await bench.tries(2)
      #expect(server.messageIDs.count == 2 && Set(server.messageIDs).count == 2)
      server.close()
    }
  }

  @Test func `a mail that is of no use any more is not sent`() async throws {
    try await DeliveryBench.with { bench in
      try await bench.hand("late", expires: bench.clock.now + .seconds(1800))
      bench.clock.advance(by: .seconds(1800))
      try await bench.hand("in time", expires: bench.clock.now + .seconds(1))
      let server = try LoopbackServer.smtp()
      bench.send(via: server)
      try await bench.tries(2)
      #expect(bench.verdicts.contains(.failed(reason: "expired")) && bench.verdicts.contains(.sent))
      #expect(server.messageIDs.count == 1)
      #expect(try await bench.mail("late")?.hasContent == false)
      server.close()
    }
  }

  @Test func `what the relay puts off comes again under the same Message-ID, and not too early`() async throws {
    try await DeliveryBench.with { bench in
      let server = try LoopbackServer.smtp { verb, connection in verb == "." && connection < 2 ? "451 later" : nil }
      bench.send(via: server)
      try await bench.hand("a")
      for count in 1...2 {
        try await bench.tries(count)
        let later = try await bench.mail("a")
        let expected = DeliveryBench.Stored(
          state: "queued",
          attempts: count,
          reason: "refused with 451",
          hasContent: true
        )
        #expect(later == expected)
        let early = try await bench.store.claimMails(1, for: .random(), at: bench.clock.now)
        #expect(early.isEmpty)
        bench.clock.advance(by: .seconds(4))
      }
      try await bench.tries(3)
      #expect(bench.verdicts.last == .sent)
      #expect(server.messageIDs.count == 3 && Set(server.messageIDs).count == 1)
      server.close()
    }
  }

  @Test func `what the relay refuses for good fails, and its text goes`() async throws {
    try await DeliveryBench.with { bench in
      let server = try LoopbackServer.smtp { verb, _ in verb == "RCPT" ? "550 unknown" : nil }
      bench.send(via: server)
      try await bench.hand("a")
      try await bench.hand("b", to: "no address")
      try await bench.tries(2)
      let refused = try await bench.mail("a")
      #expect(
        refused == DeliveryBench.Stored(state: "failed", attempts: 1, reason: "refused with 550", hasContent: false)
      )
      let broken = try await bench.mail("b")
      #expect(
        broken == DeliveryBench.Stored(state: "failed", attempts: 1, reason: "not a mail address", hasContent: false)
      )
      server.close()
    }
  }

  @Test func `after a day of tries a mail is given up with its reason`() async throws {
    try await DeliveryBench.with { bench in
      let server = try LoopbackServer.smtp { verb, _ in verb == "MAIL" ? "421 full" : nil }
      bench.send(via: server)
      try await bench.hand("a")
      try await bench.tries(1)
      bench.clock.advance(by: .seconds(86_400))
      try await bench.tries(2)
      let stored = try await bench.mail("a")
      #expect(
        stored == DeliveryBench.Stored(state: "failed", attempts: 2, reason: "refused with 421", hasContent: false)
      )
      server.close()
    }
  }

  @Test func `what was handed over while mail was off goes out when it is set up, however late`() async throws {
    try await DeliveryBench.with { bench in
      try await bench.hand("a")
      bench.clock.advance(by: .seconds(7 * 86_400))
      let server = try LoopbackServer.smtp { verb, connection in verb == "." && connection == 0 ? "451 later" : nil }
      bench.send(via: server)
      try await bench.tries(1)
      bench.clock.advance(by: .seconds(2))
      try await bench.tries(2)
      #expect(bench.verdicts.last == .sent)
      server.close()
    }
  }
}
