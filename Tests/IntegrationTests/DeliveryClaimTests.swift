import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

/// What happens to mails when several copies work, or one dies.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct DeliveryClaimTests {
  @Test func `two copies send each mail once`() async throws {
    try await DeliveryBench.with { bench in
      let server = try LoopbackServer.smtp()
      bench.send(via: server)
      bench.send(via: server)
      for number in 1...40 { try await bench.hand("\(number)") }
      try await bench.tries(40)
      #expect(server.messageIDs.count == 40 && Set(server.messageIDs).count == 40)
      server.close()
    }
  }

  @Test func `a mail whose sender died comes back when its lease ends`() async throws {
    try await DeliveryBench.with { bench in
      try await bench.hand("a")
      let lost = try await bench.store.claimMails(1, for: .random(), at: bench.clock.now)
      #expect(lost.count == 1)
      let server = try LoopbackServer.smtp()
      bench.send(via: server)
      try await bench.hand("b")
      try await bench.tries(1)
      #expect(server.messageIDs.count == 1)
      // It ends by the server's clock: an hour of ours does not end it.
      bench.clock.advance(by: .seconds(3600))
      try await bench.hand("c")
      try await bench.tries(2)
      #expect(server.messageIDs.count == 2)
      try await bench.tries(3)
      let stored = try await bench.mail("a")
      #expect(stored?.state == "sent" && stored?.attempts == 2)
      server.close()
    }
  }

  @Test func `an outcome that comes after the lease counts only if it says that the mail is out`() async throws {
    try await DeliveryBench.with { bench in
      try await bench.hand("a")
      let now = bench.clock.now
      let first = try #require(try await bench.store.claimMails(1, for: .random(), at: now).first)
      try await bench.database.query("UPDATE delivery.mail SET lease = now() - interval '1 second'")
      let second = try #require(try await bench.store.claimMails(1, for: .random(), at: now).first)
      #expect(first.id == second.id && second.attempts == 2)
      try await bench.store.note(.failed(reason: "late"), of: first, at: now)
      try await bench.store.note(.retry(after: .zero, reason: "late"), of: first, at: now)
      let untouched = try await bench.mail("a")
      #expect(untouched == DeliveryBench.Stored(state: "queued", attempts: 2, reason: nil, hasContent: true))
      try await bench.store.note(.sent, of: first, at: now)
      try await bench.store.note(.failed(reason: "late"), of: second, at: now)
      let stored = try await bench.mail("a")
      #expect(stored?.state == "sent")
    }
  }

  @Test func `a sender that is stopped finishes the mail under way`() async throws {
    try await DeliveryBench.with { bench in
      let (arrived, tell) = AsyncStream.makeStream(of: Void.self)
      let server = try LoopbackServer.smtp { verb, _ in
        if verb == "DATA" { tell.yield() }
        return nil
      }
      bench.send(via: server)
      try await bench.hand("a")
      for await _ in arrived { break }
      await bench.stop()
      let stored = try await bench.mail("a")
      #expect(stored?.state == "sent")
      server.close()
    }
  }

  @Test func `a key is known for thirty days after its mail`() async throws {
    try await DeliveryBench.with { bench in
      let server = try LoopbackServer.smtp()
      bench.send(via: server)
      try await bench.hand("a")
      try await bench.tries(1)
      var counted: [MailBacklog] = []
      let upkeep = Upkeep(bench.store, clock: bench.clock.wall) { event in
        if case .counted(let backlog, _) = event { counted.append(backlog) }
      }
      bench.clock.advance(by: Upkeep.memory)
      await upkeep.work()
      let known = try await bench.mail("a")
      #expect(known != nil)
      bench.clock.advance(by: .seconds(1))
      await upkeep.work()
      let forgotten = try await bench.mail("a")
      #expect(forgotten == nil)
      #expect(counted == [MailBacklog(mails: 0), MailBacklog(mails: 0)])
      server.close()
    }
  }
}
