import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

/// Notices that come before the news of whom they are for.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct NoticeNewsTests {
  private let planner = [Delivery.Device(app: .jarvis, os: .android, token: "t")]
  private let waiting = "job WHERE reason = 'person unknown' AND holder IS NULL"

  private func count(_ table: String, _ bench: MessageBench) async throws -> Int {
    try await bench.bench.database.query("SELECT count(*) FROM delivery.\(unescaped: table)")[0].get(0)
  }

  /// Somebody of whom nobody has told yet.
  private func stranger() -> MessageBench.Person { MessageBench.Person(id: .random()) }

  private func verdicts(_ bench: MessageBench) -> [JobVerdict] { bench.bench.settled.map(\.verdict) }

  @Test func `a notice waits for its person and goes with the news, once, as if for the first time`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let (bob, cyd) = (stranger(), stranger())
      try await bench.notify(bob, key: "bob")
      try await bench.notify(cyd, key: "cyd")
      try await bench.bench.settled(2)
      #expect(verdicts(bench) == Array(repeating: .expectNews(until: bench.now + .seconds(60)), count: 2))
      for _ in 0..<2 { try await bench.note(bob, phone: nil, devices: planner) }
      try await bench.bench.settled(3)
      #expect(verdicts(bench)[2] == .done(.sent) && bench.bench.settled[2].job.attempts == 1)
      #expect(provider.contents == [.notice(title: "Title", body: "Body bob", data: [:])])
      // The other's still waits, and is in nobody's way.
      #expect(try await count(waiting, bench) == 1)
      #expect(try await count("job", bench) == 1)
      try await bench.notify(bob, key: "after the news")
      try await provider.received(2)
      try await bench.notify(bob, key: "bob")
      #expect(try await count("job_key", bench) == 3)
    }
  }

  @Test func `the telephone may be told of after its account`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let (bob, cyd) = (stranger(), stranger())
      for person in [bob, cyd] { try await bench.notify(person, key: "\(person.id)") }
      try await bench.bench.settled(2)
      bench.clock.advance(by: .seconds(50))
      for person in [bob, cyd] { try await bench.note(person, phone: nil) }
      try await bench.bench.settled(4)
      let end = bench.now + .seconds(60)
      #expect(verdicts(bench)[2...] == [.expectNews(until: end), .expectNews(until: end)])
      bench.clock.advance(by: .seconds(59))
      try await bench.note(bob, phone: nil, devices: planner)
      try await provider.received(1)
      try await bench.bench.settled(5)
      bench.clock.advance(by: .seconds(1))
      try await bench.bench.settled(6)
      #expect(verdicts(bench)[5] == .done(.unreachable) && bench.bench.settled[5].job.newsSeen != nil)
      #expect(provider.pushes.count == 1)
      #expect(try await count("job", bench) == 0)
      // Who is known and has nothing is not waited for.
      try await bench.notify(cyd, key: "later")
      try await bench.bench.settled(7)
      #expect(verdicts(bench)[6] == .done(.unreachable))
    }
  }

  @Test func `of whom nothing is heard for a day is given up, and can be played again`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let bob = stranger()
      try await bench.notify(bob, key: "a")
      try await bench.notify(bob, key: "b") { $0.expires = bench.now.seconds + 30 }
      try await bench.bench.settled(2)
      bench.clock.advance(by: .seconds(60))
      try await bench.bench.settled(4)
      #expect(verdicts(bench)[2...].contains(.done(.moot)))
      #expect(verdicts(bench)[2...].contains(.expectNews(until: bench.now + .seconds(60))))
      bench.clock.advance(by: .seconds(86_340))
      try await bench.bench.settled(5)
      #expect(verdicts(bench)[4] == .dead(reason: "person unknown"))
      #expect(try await count("job", bench) == 0)
      #expect(try await count("dead_job WHERE reason = 'person unknown'", bench) == 1)
      try await bench.note(bob, phone: nil, devices: planner)
      #expect(try await bench.jobs.replay(Delivery.ReplayDead(reason: "person unknown")).count == 1)
      try await provider.received(1)
    }
  }

  @Test func `what waits outlives its worker, and news that come while none is there`() async throws {
    try await MessageBench.with { bench in
      let (bob, cyd) = (stranger(), stranger())
      let first = bench.bench.work([.fcm: RecordingProvider()])
      for person in [bob, cyd] { try await bench.notify(person, key: "\(person.id)") }
      try await bench.bench.settled(2)
      first.cancel()
      await first.value
      try await bench.note(bob, phone: nil, devices: planner)
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      try await provider.received(1)
      #expect(provider.addresses == ["t"])
      try await bench.note(cyd, phone: nil, devices: [Delivery.Device(app: .jarvis, os: .android, token: "u")])
      try await provider.received(2)
      #expect(provider.addresses == ["t", "u"])
    }
  }

  @Test func `news that come during a look, the first or a later one, are not missed`() async throws {
    try await MessageBench.with { bench in
      let (store, bob, worker) = (bench.bench.store, stranger(), UUIDValue.random())
      @LoopActor func look() async throws -> ClaimedJob? {
        try await store.claim(10, for: worker, at: bench.now).first
      }
      @LoopActor func wait(_ job: ClaimedJob) async throws {
        let verdict = JobVerdict.expectNews(until: bench.now + .seconds(60))
        try await store.settle([SettledJob(job: job, verdict: verdict)], for: worker, at: bench.now)
      }
      try await bench.notify(bob, key: "a")
      let first = try #require(try await look())
      #expect(first.newsSeen == ClaimedJob.noNews)
      try await bench.note(bob, phone: nil)
      try await wait(first)
      let second = try #require(try await look())
      #expect(second.newsSeen == 1 && second.addresses.devices.isEmpty)
      try await bench.note(bob, phone: nil, devices: planner)
      try await wait(second)
      let third = try #require(try await look())
      #expect(third.newsSeen == 2 && third.addresses.devices.count == 1 && third.attempts == 1)
      // Without news in between it is not looked at again before its time.
      try await wait(third)
      #expect(try await look() == nil)
    }
  }

  @Test func `news that come while a look is being noted are not waited for`() async throws {
    try await MessageBench.with(connections: 3) { bench in
      // After it has noted that a notice waits, the worker looks whether news came meanwhile; here that takes long.
      try await bench.bench.database.query(
        """
        CREATE FUNCTION delivery.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF current_query() LIKE '%given.seen%' THEN PERFORM pg_sleep(2); END IF;
          RETURN NULL;
        END $$
        """
      )
      try await bench.bench.database.query(
        "CREATE TRIGGER slow BEFORE UPDATE ON delivery.job FOR EACH STATEMENT EXECUTE FUNCTION delivery.slow()"
      )
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let bob = stranger()
      try await bench.notify(bob, key: "bob")
      while try await count(waiting, bench) == 0 { try await pause(for: .milliseconds(10)) }
      #expect(bench.bench.settled.isEmpty)
      try await bench.note(bob, phone: nil, devices: planner)
      try await provider.received(1)
      #expect(verdicts(bench)[0] == .expectNews(until: bench.now + .seconds(60)))
    }
  }

  @Test func `a worker that dies before it looks for news leaves the notice to the next look`() async throws {
    try await MessageBench.with { bench in
      let bob = try await bench.person(devices: planner)
      let draft = JobDraft(kind: .notice, app: .jarvis, person: bob.id, notice: Notice("x"), due: bench.now)
      try await bench.bench.store.add([draft], at: bench.now)
      try await bench.bench.database.query(
        "UPDATE delivery.job SET reason = 'person unknown', first_try = ready, ready = ready + interval '60 seconds'"
      )
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      bench.clock.advance(by: .seconds(60))
      try await provider.received(1)
    }
  }

  @Test func `what waits can be taken back and moved, and keeps its own hours`() async throws {
    try await MessageBench.with { bench in
      // Half past nine in the evening in UTC; in Tokyo half past six in the morning.
      bench.clock.set(to: Timestamp(seconds: 1_783_978_200))
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let bob = stranger()
      for key in ["back", "moved", "night"] {
        try await bench.notify(bob, key: key) { $0.quiet = .init(from: "21:00", until: "06:00") }
      }
      try await bench.bench.settled(3)
      #expect(try await count(waiting, bench) == 3)
      #expect(try await bench.jobs.cancel(Delivery.CancelNotice("back")).outcome == .done)
      let later = Delivery.RescheduleNotice("moved", notBefore: bench.now.seconds + 3600)
      #expect(try await bench.jobs.reschedule(later).outcome == .done)
      try await bench.note(bob, phone: nil, devices: planner, timezone: "Asia/Tokyo")
      try await provider.received(1)
      bench.clock.advance(by: .seconds(3600))
      try await provider.received(2)
      #expect(
        provider.contents == [
          .notice(title: "Title", body: "Body night", data: [:]),
          .notice(title: "Title", body: "Body moved", data: [:]),
        ]
      )
    }
  }

  @Test func `an address book of somebody unknown is told to be ready after the news`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let bob = stranger()
      try await bench.upload(#"[{"tel":"0033199001201","name":"Annie"}]"#, by: bob)
      try await bench.bench.settled(1)
      #expect(verdicts(bench) == [.expectNews(until: bench.now + .seconds(60))])
      try await bench.note(bob, phone: nil, devices: [Delivery.Device(app: .pictever, os: .android, token: "p")])
      try await provider.received(1)
      #expect(provider.contents == [.book] && provider.addresses == ["p"])
    }
  }
}
