import JSON
import Kit
import Loop
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

/// The cursor of `receive_all` (pictever.md 3.3).
@Suite(.needsPostgres, .timeLimit(.minutes(2)))
@LoopActor
struct MessageInboxTests {
  private let keys: Set<String> = [
    "message_id", "from_id", "from_email", "from_numero", "message", "photo_id", "video_id", "sound_id", "created_at",
    "received_at", "receive_label", "receive_color", "from_facebook_id", "from_facebook_name", "version",
  ]

  @Test func `a message shows at its time, once, with all its keys as texts`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person("0033199001201"), try await bench.person())
      let due = bench.now.seconds + 60
      try await bench.send("hello", by: ann, to: [bob.target], #"{"type":"calendar","parameters":"\#(Int(due))"}"#)
      let before = try await bench.receive(bob, after: bench.now.seconds)
      #expect(before.items.isEmpty && before.cursor == bench.now.seconds)
      #expect(try await bench.future(bob) == 1)
      bench.clock.advance(by: .seconds(60))
      let batch = try await bench.receive(bob, after: before.cursor)
      let item = try #require(batch.items.first)
      #expect(batch.items.count == 1 && batch.cursor == due)
      #expect(Set(item.members.map(\.name)) == keys && item.members.allSatisfy { $0.value.string != nil })
      #expect(item["from_numero"]?.string == "0033199001201" && item["receive_label"]?.string == "A moment earlier")
      #expect(item["received_at"]?.string == "\(due)")
      #expect(try await bench.receive(bob, after: batch.cursor).items.isEmpty)
      #expect(try await bench.future(bob) == 0)
    }
  }

  @Test func `an old cursor gives the whole history again, a present one nothing old`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      try await bench.send("one", by: ann, to: [bob.target])
      bench.clock.advance(by: .seconds(10))
      #expect(try await bench.receive(bob, after: bench.now.seconds).items.isEmpty)
      try await bench.send("two", by: ann, to: [bob.target], #"{"type":"calendar","parameters":"5"}"#)
      let batch = try await bench.receive(bob, after: bench.now.seconds)
      #expect(batch.texts == ["two"] && batch.cursor > bench.now.seconds)
      #expect(try await bench.receive(bob, after: 1_412_932_000).texts == ["two", "one"])
      #expect(try await bench.receive(bob, after: batch.cursor).items.isEmpty)
    }
  }

  @Test func `fifty writers at once lose nothing and repeat nothing`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      let writers = (0..<50).map { writer in
        onLoop {
          for number in 0..<8 {
            bench.clock.advance(by: .microseconds(1))
            try? await bench.send("\(writer).\(number)", by: ann, to: [bob.target])
          }
          return true
        }
      }
      var (seen, cursor): ([String], Double) = ([], 0)
      for _ in 0..<100_000 where seen.count < 400 {
        let batch = try await bench.receive(bob, after: cursor)
        seen += batch.texts
        cursor = batch.cursor
      }
      for writer in writers { _ = await writer.value }
      #expect(seen.count == 400 && Set(seen).count == 400)
      #expect(try await bench.receive(bob, after: cursor).items.isEmpty)
    }
  }

  @Test func `a clock set back loses nothing and fires nothing early`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      try await bench.send("before", by: ann, to: [bob.target])
      let first = try await bench.receive(bob, after: 0)
      #expect(first.texts == ["before"])
      bench.clock.advance(by: .seconds(-3600))
      try await bench.send("at once", by: ann, to: [bob.target])
      try await bench.send("later", by: ann, to: [bob.target], #"{"type":"min"}"#)
      let second = try await bench.receive(bob, after: first.cursor)
      #expect(second.texts == ["at once"] && second.cursor > first.cursor)
      #expect(try await bench.receive(bob, after: second.cursor).items.isEmpty)
      bench.clock.advance(by: .seconds(60))
      let third = try await bench.receive(bob, after: second.cursor)
      #expect(third.texts == ["later"])
      bench.clock.advance(by: .seconds(7200))
      #expect(try await bench.receive(bob, after: third.cursor).items.isEmpty)
    }
  }

  @Test func `the cursor is the present, whatever was asked, and never falls`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      for asked in [0, 1_412_932_000, 1.9e9, bench.now.seconds] {
        let batch = try await bench.receive(bob, after: asked)
        #expect(batch.cursor == bench.now.seconds && batch.items.isEmpty, "\(asked)")
        bench.clock.advance(by: .seconds(3))
      }
      let told = try await bench.receive(bob, after: 0).cursor
      // Dated before what was told: by another copy of this service, or committed after the look.
      bench.clock.advance(by: .seconds(-1))
      try await bench.send("late", by: ann, to: [bob.target])
      #expect(try await bench.receive(bob, after: told).texts == ["late"])
      bench.clock.advance(by: .seconds(-1))
      let back = try await bench.receive(bob, after: 0)
      #expect(back.texts == ["late"] && back.cursor > told)
      bench.clock.advance(by: .seconds(60))
      let later = try await bench.receive(bob, after: back.cursor)
      #expect(later.items.isEmpty && later.cursor == bench.now.seconds)
      // Within a second the clock stays, and what was told with it.
      bench.clock.advance(by: .milliseconds(900))
      #expect(try await bench.receive(bob, after: later.cursor).cursor == later.cursor)
      #expect(try await bench.receive(bob, after: 0).cursor == later.cursor)
    }
  }

  @Test func `a device whose clock is ahead misses nothing`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      let ahead = bench.now.seconds + 500
      #expect(try await bench.receive(bob, after: ahead).items.isEmpty)
      try await bench.send("hello", by: ann, to: [bob.target])
      #expect(try await bench.receive(bob, after: ahead).texts == ["hello"])
      #expect(try await bench.receive(bob, after: ahead).items.isEmpty)
    }
  }

  @Test func `more than a thousand come in turns, the oldest first`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      try await bench.send("first", by: ann, to: [bob.target])
      try await bench.bench.database.query(
        """
        INSERT INTO delivery.message (id, sender, receiver, text, photo_id, video_id, sound_id, created, delivery_time,
          receive_label, receive_color)
        SELECT gen_random_uuid(), sender, receiver, n::text, '', '', '', created, delivery_time, '', ''
        FROM delivery.message, generate_series(1, 1500) AS n
        """
      )
      let one = try await bench.receive(bob, after: 0)
      let two = try await bench.receive(bob, after: one.cursor)
      #expect(one.items.count == 1000 && two.items.count == 501)
      #expect(Set(one.texts + two.texts).count == 1501)
      #expect(one.cursor < two.cursor && two.cursor >= bench.now.seconds)
      #expect(try await bench.receive(bob, after: two.cursor).items.isEmpty)
    }
  }

  @Test func `long texts come in turns that the bus can carry`() async throws {
    try await MessageBench.with { bench in
      let (ann, bob) = (try await bench.person(), try await bench.person())
      let text = String(repeating: "\u{1}", count: 30_000)
      for _ in 0..<40 { try await bench.send(text, by: ann, to: [bob.target]) }
      var (count, cursor) = (0, 0.0)
      while true {
        let fields = Submission(.object { $0.member("ts", "\(cursor)") })
        let answer = try await bench.messages.receive(Delivery.Receive(fields), bob.context)
        #expect(answer.bytes.count < 1_000_000)
        let batch = try await bench.receive(bob, after: cursor)
        guard !batch.items.isEmpty else { break }
        count += batch.items.count
        cursor = batch.cursor
      }
      #expect(count == 40)
    }
  }
}
