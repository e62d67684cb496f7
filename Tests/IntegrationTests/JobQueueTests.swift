import Kit
import Loop
import Postgres
import Queue
import Testing
import Time
import Wire

@testable import DeliveryCore

/// The push queue against a real database: what is claimed, leased, tried again and given up.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct JobQueueTests {
  private let iPhone = [Delivery.Device(app: .pictever, os: .ios, token: "a1b2")]
  private let planner = [Delivery.Device(app: .jarvis, os: .android, token: "t")]

  private func count(_ table: String, _ bench: MessageBench) async throws -> Int {
    try await bench.bench.database.query("SELECT count(*) FROM delivery.\(unescaped: table)")[0].get(0)
  }

  @Test func `a message rings at its time, under its own id and with what waits`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.apns: provider])
      let (ann, bob) = (try await bench.person(), try await bench.person(devices: iPhone))
      try await bench.send("secret", by: ann, to: [bob.target], #"{"type":"min"}"#)
      try await bench.send("far", by: ann, to: [bob.target], #"{"type":"day"}"#)
      #expect(try await count("job_later", bench) == 2)
      bench.clock.advance(by: .seconds(59))
      try await bench.send("now", by: ann, to: [bob.target])
      try await provider.received(1)
      bench.clock.advance(by: .seconds(1))
      try await provider.received(2)
      try await bench.bench.settled(2)
      #expect(
        provider.contents == [
          .message(label: "A moment earlier", badge: 1), .message(label: "A moment earlier", badge: 2),
        ]
      )
      let rows = try await bench.bench.database.query(
        "SELECT id FROM delivery.message WHERE notif_delivered ORDER BY delivery_time"
      )
      #expect(try rows.map { try $0.get(0, as: UUIDValue.self) } == provider.ids)
      #expect(try await count("job", bench) == 0)
      _ = try await bench.receive(bob, after: 0)
      bench.clock.advance(by: .seconds(86_400))
      try await provider.received(3)
      #expect(provider.contents.last == .message(label: "A few days earlier", badge: 1))
    }
  }

  @Test func `without a device or a provider a message is attended to all the same`() async throws {
    try await MessageBench.with { bench in
      bench.bench.work([:])
      let (ann, bob) = (try await bench.person(), try await bench.person(devices: iPhone))
      try await bench.send("one", by: bob, to: [ann.target, bob.target])
      try await bench.bench.settled(2)
      #expect(bench.bench.settled.allSatisfy { $0.verdict == .done(.unreachable) })
      #expect(try await count("message WHERE notif_delivered", bench) == 2)
    }
  }

  @Test func `a blocked message never rings`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.apns: provider])
      let (ann, bob) = (try await bench.person(), try await bench.person(devices: iPhone))
      try await bench.send("under way", by: ann, to: [bob.target], #"{"type":"min"}"#)
      try await bench.block(ann, by: bob)
      try await bench.send("later", by: ann, to: [bob.target])
      bench.clock.advance(by: .seconds(60))
      try await bench.bench.settled(1)
      #expect(bench.bench.settled.map(\.verdict) == [.done(.moot)])
      #expect(provider.pushes.isEmpty)
    }
  }

  @Test func `two workers share a thousand, each once`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      let (ann, bob) = (try await bench.person(), try await bench.person(devices: iPhone))
      try await bench.bench.database.query(
        """
        WITH stored AS (
          INSERT INTO delivery.message (id, sender, receiver, text, photo_id, video_id, sound_id, created, delivery_time,
            receive_label, receive_color)
          SELECT gen_random_uuid(), \(ann.id), \(bob.id), '', '', '', '', \(bench.now), \(bench.now), 'x', 'x'
          FROM generate_series(1, 1000) RETURNING id, delivery_time
        )
        INSERT INTO delivery.job (id, priority, kind, app, due, ready)
        SELECT id, 1, 'message', 'pictever', delivery_time, delivery_time FROM stored
        """
      )
      for _ in 0..<2 { bench.bench.work([.apns: provider]) }
      try await bench.bench.settled(1000)
      #expect(provider.pushes.count == 1000 && Set(provider.ids).count == 1000)
      #expect(try await count("message WHERE NOT notif_delivered", bench) == 0)
    }
  }

  @Test func `the hot table stays as small as what is in it, whatever passed through`() async throws {
    try await MessageBench.with { bench in
      let bob = try await bench.person()
      bench.bench.work([:])
      var sizes: [Int] = []
      for round in 1...8 {
        let jobs = (0..<500).map { _ in JobDraft(kind: .notice, person: bob.id, notice: Notice("x"), due: bench.now) }
        try await bench.bench.store.add(jobs, at: bench.now)
        bench.bench.wake()
        try await bench.bench.settled(500 * round)
        try await bench.bench.database.query("VACUUM delivery.job")
        let row = try await bench.bench.database.query(
          "SELECT pg_table_size('delivery.job'), count(*) FROM delivery.job"
        )
        #expect(try row[0].get(1, as: Int.self) == 0)
        sizes.append(try row[0].get(0))
      }
      #expect(sizes.last! <= sizes[0] * 2, "\(sizes)")
    }
  }

  @Test func `what a dead worker held is sent by another under the same id`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person(devices: iPhone))
      try await bench.send("x", by: ann, to: [bob.target])
      let lost = try await bench.bench.store.claim(10, for: .random(), at: bench.now)
      #expect(lost.count == 1)
      let provider = RecordingProvider()
      bench.bench.work([.apns: provider])
      try await provider.received(1)
      #expect(provider.ids == lost.map(\.id))
      try await bench.bench.settled(1)
      #expect(bench.bench.settled[0].job.attempts == 2)
    }
  }

  @Test func `a worker knows of what another copy may still move, take and die with`() async throws {
    try await MessageBench.with { bench in
      let due = bench.now + .seconds(3600)
      try await bench.bench.store.add([JobDraft(kind: .notice, notice: Notice("x"), due: due)], at: bench.now)
      #expect(try await count("job_later", bench) == 1)
      let outlook = try await bench.bench.store.outlook(for: .random(), at: bench.now)
      #expect(outlook.due == due && !outlook.othersHold)
    }
  }

  @Test func `a clock that jumps does not end a lease`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person(devices: iPhone))
      try await bench.send("x", by: ann, to: [bob.target])
      let held = try await bench.bench.store.claim(10, for: .random(), at: bench.now)
      bench.clock.advance(by: .seconds(3600))
      let again = try await bench.bench.store.claim(10, for: .random(), at: bench.now)
      #expect(held.count == 1 && again.isEmpty)
    }
  }

  @Test func `what may pass is tried again later, and given up after a day`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider { _, _ in .retry(reason: "status 503", after: nil) }
      bench.bench.work([.fcm: provider])
      let bob = try await bench.person(devices: planner)
      try await bench.notify(bob, key: "k")
      try await bench.bench.settled(1)
      guard case .retry(let rest, "status 503") = bench.bench.settled[0].verdict else {
        return #expect(Bool(false), "\(bench.bench.settled[0].verdict)")
      }
      #expect(rest >= .seconds(1) && rest <= .seconds(2))
      bench.clock.advance(by: .seconds(86_400))
      try await bench.bench.settled(2)
      #expect(bench.bench.settled[1].verdict == .dead(reason: "status 503"))
      let rows = try await bench.bench.database.query("SELECT kind, attempts, reason FROM delivery.dead_job")
      let dead = try #require(rows.first)
      #expect(try dead.get(0, as: String.self) == "notice" && dead.get(1, as: Int.self) == 2)
      #expect(try await bench.jobs.replay(Delivery.ReplayDead(kind: "message")).count == 0)
      #expect(try await bench.jobs.replay(Delivery.ReplayDead(reason: "status 5")).count == 1)
      try await provider.received(3)
    }
  }

  @Test func `an unregistered token goes, and the message stays readable`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider { _, _ in .unregistered }
      bench.bench.work([.apns: provider])
      let (ann, bob) = (try await bench.person(), try await bench.person(devices: iPhone))
      try await bench.send("x", by: ann, to: [bob.target])
      try await bench.bench.settled(1)
      #expect(try await count("device", bench) == 0)
      #expect(try await bench.receive(bob, after: 0).texts == ["x"])
    }
  }

  @Test func `urgent notices go first, and a gate lets only so many through`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      let bob = try await bench.person(devices: planner)
      for number in 0..<3 { try await bench.notify(bob, key: "bulk \(number)") { $0.priority = .bulk } }
      try await bench.notify(bob, key: "code") { $0.priority = .urgent }
      bench.bench.work([.fcm: provider], perSecond: 2)
      try await provider.received(2)
      #expect(provider.contents[0] == .notice(title: "Title", body: "Body code", data: [:]))
      try await bench.bench.settled(4)
      #expect(bench.bench.settled.filter { if case .wait = $0.verdict { true } else { false } }.count == 2)
    }
  }
}
