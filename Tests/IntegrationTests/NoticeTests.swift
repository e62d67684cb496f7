import Kit
import Loop
import Postgres
import Telemetry
import Testing
import Time
import Wire

@testable import DeliveryCore

/// What people are told and when: notices of other services, announcements and newcomers.
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct NoticeTests {
  private let iPhone = [Delivery.Device(app: .pictever, os: .ios, token: "a1b2")]
  private let planner = [Delivery.Device(app: .jarvis, os: .android, token: "t")]

  private func count(_ table: String, _ bench: MessageBench) async throws -> Int {
    try await bench.bench.database.query("SELECT count(*) FROM delivery.\(unescaped: table)")[0].get(0)
  }

  @Test func `a notice is known by its key, can be taken back, and moved`() async throws {
    try await MessageBench.with { bench in
      let bob = try await bench.person(devices: planner)
      let later = bench.now.seconds + 3600
      for _ in 0..<2 { try await bench.notify(bob, key: "a") { $0.notBefore = later } }
      try await bench.notify(bob, key: "b") { $0.notBefore = later }
      #expect(try await count("job_later", bench) == 2)
      #expect(try await bench.jobs.cancel(Delivery.CancelNotice("a")).outcome == .done)
      #expect(try await bench.jobs.cancel(Delivery.CancelNotice("a")).outcome == .tooLate)
      #expect(try await bench.jobs.cancel(Delivery.CancelNotice("x")).outcome == .unknown)
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let sooner = Delivery.RescheduleNotice("b", notBefore: bench.now.seconds + 60)
      #expect(try await bench.jobs.reschedule(sooner).outcome == .done)
      bench.clock.advance(by: .seconds(60))
      try await bench.bench.settled(1)
      #expect(provider.pushes.count == 1)
      #expect(try await bench.jobs.reschedule(sooner).outcome == .tooLate)
      try await bench.notify(bob, key: "a")
      #expect(try await count("job", bench) == 0)
    }
  }

  @Test func `of many that come together each is stored once per key, soon or later`() async throws {
    try await MessageBench.with { bench in
      let bob = try await bench.person(devices: planner)
      let now = bench.now.seconds
      let calls = (0..<300).map { number in
        onLoop { () -> Failure? in
          do throws(Failure) {
            try await bench.notify(bob, key: "\(number % 100)") { call in
              call.notBefore = number % 100 < 50 ? now + 3600 : nil
              if number == 250 { call.quiet = .init(from: "25:00", until: "26:00") }
            }
            return nil
          } catch {
            return error
          }
        }
      }
      var failures: [Failure] = []
      for call in calls { if let failure = await call.value { failures.append(failure) } }
      #expect(failures == [.invalid("quiet")])
      #expect(try await count("job_later", bench) == 50)
      #expect(try await count("job", bench) == 50)
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      try await provider.received(50)
      #expect(Set(provider.contents.map { "\($0)" }).count == 50)
    }
  }

  @Test func `quiet hours are those of the recipient's zone, whatever its offset is that day`() async throws {
    try await MessageBench.with { bench in
      // Half past nine in the evening in UTC; in Paris half an hour before midnight in summer.
      bench.clock.set(to: Timestamp(seconds: 1_783_978_200))
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let bob = try await bench.person(devices: planner, timezone: "Europe/Paris")
      let night = Delivery.QuietHours(from: "23:00", until: "07:30")
      try await bench.notify(bob, key: "a") { $0.quiet = night }
      try await bench.bench.settled(1)
      // Seven and a half in Paris is half past five in UTC.
      #expect(bench.bench.settled[0].verdict == .wait(until: Timestamp(seconds: 1_783_978_200 + 8 * 3600)))
      bench.clock.advance(by: .seconds(8 * 3600))
      try await provider.received(1)
      try await bench.notify(bob, key: "b") { $0.quiet = .init(from: "23:00", until: "07:30", zone: "Asia/Tokyo") }
      try await provider.received(2)
      for quiet in [
        Delivery.QuietHours(from: "25:00", until: "07:00"), .init(from: "1:00", until: "2:00", zone: "No/Zone"),
      ] {
        await #expect(throws: Failure.invalid("quiet")) { try await bench.notify(bob, key: "c") { $0.quiet = quiet } }
      }
    }
  }

  @Test func `a notice that is of no use any more is dropped`() async throws {
    try await MessageBench.with { bench in
      let bob = try await bench.person(devices: planner)
      try await bench.notify(bob, key: "a") { $0.expires = bench.now.seconds + 10 }
      bench.clock.advance(by: .seconds(10))
      bench.bench.work([.fcm: RecordingProvider()])
      try await bench.bench.settled(1)
      #expect(bench.bench.settled[0].verdict == .done(.moot))
    }
  }

  @Test func `the first channel that is there is taken`() async throws {
    try await MessageBench.with { bench in
      let (mail, webhook) = (RecordingProvider(), RecordingProvider())
      bench.bench.work([.mail: mail, .webhook: webhook])
      let bob = try await bench.person(devices: planner)
      try await bench.notify(bob, key: "a") { $0.channels = [.web, .push, .mail, .webhook] }
      try await mail.received(1)
      try await bench.notify(bob, key: "b") { $0.channels = [.webhook, .mail] }
      try await webhook.received(1)
      #expect(mail.pushes.count == 1)
    }
  }

  @Test func `a message on its way is announced to who knows its sender`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.apns: provider])
      let ann = try await bench.person("0033199001201")
      let bob = try await bench.person("0033199001202", country: "fr", devices: iPhone)
      try await bench.upload(#"[{"tel":"0033199001201","name":"Annie"}]"#, by: bob)
      try await bench.send("x", by: ann, to: [bob.target], #"{"type":"day","parameters":3}"#)
      try await provider.received(1)
      #expect(provider.contents == [.line("Annie vous a envoyé un message. Il arrivera dans quelques jours.")])
      try await bench.send("x", by: ann, to: [bob.target], #"{"type":"min"}"#)
      try await bench.send("x", by: bob, to: [bob.target], #"{"type":"day"}"#)
      #expect(try await count("job WHERE kind = 'announcement'", bench) == 0)
    }
  }

  @Test func `who comes is told once to those who know each other by number`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.apns: provider])
      let bob = try await bench.person("0033199001202", devices: iPhone)
      try await bench.upload(#"[{"tel":"0033199001201","name":"Annie"}]"#, by: bob)
      let ann = try await bench.person(devices: [])
      try await bench.upload(#"[{"tel":"0033199001202","name":"Bobby"}]"#, by: ann)
      try await bench.note(ann, phone: "0033199001201")
      try await provider.received(1)
      #expect(provider.contents == [.line("Annie joined. Send a message to the future!")])
      try await bench.note(ann, phone: "0033199001201")
      try await bench.upload(#"[{"tel":"0033199001202","name":"Bob"}]"#, by: ann)
      #expect(try await count("joined", bench) == 1)
      #expect(try await count("job WHERE kind = 'joined'", bench) == 0)
    }
  }

  @Test func `a member who has another device, or none, does not come anew`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.apns: provider])
      let bob = try await bench.person("0033199001202", devices: iPhone)
      let ann = try await bench.person("0033199001201")
      try await bench.upload(#"[{"tel":"0033199001201","name":"Annie"}]"#, by: bob)
      try await bench.upload(#"[{"tel":"0033199001202","name":"Bobby"}]"#, by: ann)
      try await provider.received(1)
      try await bench.note(bob, phone: "0033199001202", devices: [])
      try await bench.note(bob, phone: "0033199001202", devices: iPhone)
      try await bench.note(ann, phone: "0033199001201", devices: iPhone)
      #expect(try await count("joined", bench) == 1)
      // With another number, and back with the first, he is one.
      try await bench.note(bob, phone: "0033199001299", devices: iPhone)
      #expect(try await count("joined", bench) == 1)
      try await bench.note(bob, phone: "0033199001202", devices: iPhone)
      #expect(try await count("joined", bench) == 2)
    }
  }

  @Test func `a greeting that was cut short is made up for by the next snapshot`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider()
      bench.bench.work([.apns: provider])
      let bob = try await bench.person("0033199001202", devices: iPhone)
      try await bench.upload(#"[{"tel":"0033199001201","name":"Annie"}]"#, by: bob)
      let ann = try await bench.person()
      try await bench.upload(#"[{"tel":"0033199001202","name":"Bobby"}]"#, by: ann)
      // As if delivery had died right after it took the snapshot in.
      let database = bench.bench.database
      try await database.query("UPDATE delivery.person SET phone = '0033199001201' WHERE id = \(ann.id)")
      try await bench.note(ann, phone: "0033199001201", devices: iPhone)
      #expect(try await count("joined", bench) == 1)
    }
  }

  @Test func `who waits for the morning waits among what is for later, and moves with the zone`() async throws {
    try await MessageBench.with { bench in
      bench.clock.set(to: Timestamp(seconds: 1_783_978_200))
      let provider = RecordingProvider()
      bench.bench.work([.fcm: provider])
      let bob = try await bench.person(devices: planner, timezone: "Europe/Paris")
      let night = Delivery.QuietHours(from: "23:00", until: "07:30")
      for key in ["a", "b"] { try await bench.notify(bob, key: key) { $0.quiet = night } }
      let fixed = Delivery.QuietHours(from: "21:00", until: "22:00", zone: "UTC")
      try await bench.notify(bob, key: "fixed") { $0.quiet = fixed }
      try await bench.notify(bob, key: "later") {
        $0.notBefore = bench.now.seconds + 3600
        $0.quiet = night
      }
      try await bench.bench.settled(3)
      #expect(try await count("job", bench) == 0)
      #expect(try await count("job_later WHERE wanted IS NOT NULL", bench) == 3)
      #expect(try await bench.jobs.cancel(Delivery.CancelNotice("b")).outcome == .done)
      // In Tokyo it is half past six in the morning: still night there, and for one hour only.
      try await bench.note(bob, phone: nil, devices: planner, timezone: "Asia/Tokyo")
      try await bench.bench.settled(4)
      #expect(bench.bench.settled[3].verdict == .wait(until: Timestamp(seconds: 1_783_978_200 + 3600)))
      // In New York it is half past five in the afternoon.
      try await bench.note(bob, phone: nil, devices: planner, timezone: "America/New_York")
      try await provider.received(1)
      #expect(provider.contents == [.notice(title: "Title", body: "Body a", data: [:])])
      #expect(try await count("job_later", bench) == 2)
    }
  }

  @Test func `what is given up at night is played again in the morning`() async throws {
    try await MessageBench.with { bench in
      let provider = RecordingProvider { _, count in count == 0 ? .failed(reason: "status 400") : .sent }
      bench.bench.work([.fcm: provider])
      let bob = try await bench.person(devices: planner, timezone: "UTC")
      let hour = { (hours: Double) in bench.now.seconds + hours * 3600 }
      try await bench.notify(bob, key: "a") { $0.expires = hour(30) }
      try await bench.bench.settled(1)
      try await bench.notify(bob, key: "b") { $0.expires = hour(20) }
      try await provider.received(2)
      try await bench.bench.database.query(
        "UPDATE delivery.dead_job SET quiet_from = '00:00', quiet_until = '23:59:59'"
      )
      #expect(try await bench.jobs.replay(Delivery.ReplayDead(reason: "status 4")).count == 1)
      try await bench.bench.settled(3)
      guard case .wait = bench.bench.settled[2].verdict else {
        return #expect(Bool(false), "\(bench.bench.settled[2].verdict)")
      }
      #expect(try await count("job_later WHERE expires IS NOT NULL", bench) == 1)
    }
  }

  @Test func `a notice goes on in its caller's trace, through the night and a second try`() async throws {
    try await MessageBench.with { bench in
      bench.clock.set(to: Timestamp(seconds: 1_783_978_200))
      let provider = RecordingProvider { _, count in count == 0 ? .retry(reason: "status 503", after: nil) : .sent }
      bench.bench.work([.fcm: provider])
      let bob = try await bench.person(devices: planner, timezone: "UTC")
      let trace = TraceContext.root()
      try await CallContext.$currentTrace.withValue(trace.traceparent) {
        try await bench.notify(bob, key: "a") { $0.quiet = .init(from: "21:00", until: "22:00") }
      }
      try await bench.bench.settled(1)
      bench.clock.advance(by: .seconds(1800))
      try await bench.bench.settled(2)
      bench.clock.advance(by: .seconds(2))
      try await provider.received(2)
      #expect(provider.pushes.map(\.trace?.requestID) == [trace.requestID, trace.requestID])
      #expect(Set(provider.pushes.map(\.trace)).count == 2)
    }
  }
}
