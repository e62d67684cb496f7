import Bus
import JSON
import Kit
import Loop
import Outbox
import Postgres
import Settings
import Testing
import Wire

/// An outbox on a real database with a receiver at the end of a real bus.
@Suite(.needsPostgres, .needsNATS, .timeLimit(.minutes(1))) struct OutboxRelayTests {
  struct Push: Call, Codable {
    typealias Reply = Empty
    static let name = "delivery.push"
    var number: Int
  }

  private static let table = OutboxTable(schema: "chat")

  /// What the receiver heard, and what it answers.
  @LoopActor
  private final class Receiver {
    let server = BusServer(service: "delivery", key: nil)
    private(set) var heard: [(number: Int, key: String?)] = []
    private(set) var done: [Int] = []
    var answer: (Int) -> Failure? = { _ in nil }
    /// How long the first call takes.
    var delay = Duration.zero

    init() {
      server.on(Push.self) { [weak self] push, context in
        guard let self else { throw Failure.unavailable }
        heard.append((push.number, context.key))
        if heard.count == 1, delay > .zero { try? await pause(for: delay) }
        if let failure = answer(push.number) { throw failure }
        done.append(push.number)
        return Empty()
      }
    }
  }

  /// Waits for a number of events of one kind.
  @LoopActor
  private final class Events {
    private(set) var accepted: [OutboxEntry] = []
    private(set) var failed: [OutboxEntry] = []
    private var waiters: [(condition: (Events) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    func take(_ event: OutboxEvent) {
      switch event {
      case .accepted(let entry): accepted.append(entry)
      case .retrying(let entry, _, _), .refused(let entry, _, _): failed.append(entry)
      case .databaseFailed: break
      }
      waiters.removeAll { waiter in
        guard waiter.condition(self) else { return false }
        waiter.continuation.resume()
        return true
      }
    }

    func wait(until condition: @escaping (Events) -> Bool) async {
      if condition(self) { return }
      await withCheckedContinuation { waiters.append((condition, $0)) }
    }
  }

  @LoopActor
  private func with(
    _ transport: Transport = .tcp,
    _ body: @LoopActor (Database, Receiver, Events, OutboxRelay) async throws -> Void
  ) async throws {
    try await MeetingPlace.with(transport) { place in try await with(place, body) }
  }

  @LoopActor
  private func with(
    _ place: MeetingPlace,
    _ body: @LoopActor (Database, Receiver, Events, OutboxRelay) async throws -> Void
  ) async throws {
    try await ScratchDatabase.with { scratch in
      try await Migrator.run([Self.table.migration(named: "m0001_outbox")], schema: "chat", on: scratch.url)
      let database = Database(DatabaseConfiguration(url: scratch.url))
      database.start()
      let receiver = Receiver()
      try place.open(receiver.server, as: .delivery)
      let client = await place.client(of: .delivery)
      let events = Events()
      let relay = OutboxRelay(Self.table, on: database, to: client) { events.take($0) }
      let running = onLoop { _ = try? await relay.run() }
      let result: Result<Void, any Error>
      do { result = .success(try await body(database, receiver, events, relay)) } catch { result = .failure(error) }
      running.cancel()
      await running.value
      await database.close()
      try result.get()
    }
  }

  @LoopActor
  private func keys(in database: Database) async throws -> [String] {
    try await database.query("SELECT key FROM chat.outbox ORDER BY id").map { row throws(PostgresError) in
      try row.get(0)
    }
  }

  private struct Regret: Error {}

  @Test(arguments: Transport.allCases) @LoopActor
  func `what was committed is said once and in order, what was rolled back never`(over transport: Transport)
    async throws
  {
    try await with(transport) { database, receiver, events, relay in
      for number in 1...100 {
        try? await database.transaction { transaction in
          try await Self.table.leave(Push(number: number), key: "k\(number)", in: transaction)
          if number.isMultiple(of: 10) { throw Regret() }
        }
      }
      relay.wake()
      await events.wait { $0.accepted.count == 90 }
      #expect(receiver.heard.map(\.number) == (1...100).filter { !$0.isMultiple(of: 10) })
      #expect(receiver.heard.first?.key == "k1")
      let left = try await keys(in: database)
      #expect(left == [])
    }
  }

  @Test @LoopActor func `a key that waits already is left once`() async throws {
    try await with { database, receiver, events, relay in
      try await database.atomically([
        Self.table.leaving(Push(number: 1), key: "same"), Self.table.leaving(Push(number: 2), key: "same"),
        Self.table.leaving(Push(number: 3), key: "other"),
      ])
      relay.wake()
      await events.wait { $0.accepted.count == 2 }
      #expect(receiver.heard.map(\.number) == [1, 3])
    }
  }

  @Test(arguments: Transport.allCases) @LoopActor
  func `a receiver that cannot is asked again with the same key`(over transport: Transport) async throws {
    try await with(transport) { database, receiver, events, relay in
      receiver.answer = { [unowned receiver] _ in receiver.heard.count < 3 ? Failure(.unavailable) : nil }
      try await database.query(Self.table.leaving(Push(number: 7), key: "seven"))
      relay.wake()
      await events.wait { $0.accepted.count == 1 }
      #expect(receiver.heard.map(\.key) == ["seven", "seven", "seven"])
      #expect(events.accepted[0].attempts == 3)
      #expect(events.failed.map(\.attempts) == [1, 2])
    }
  }

  @Test @LoopActor func `a refused call stays and holds up nobody`() async throws {
    try await with { database, receiver, events, relay in
      receiver.answer = { $0 == 1 ? .invalid("number") : nil }
      try await database.query(Self.table.leaving(Push(number: 1), key: "a"))
      try await database.query(Self.table.leaving(Push(number: 2), key: "b"))
      relay.wake()
      await events.wait { $0.accepted.count == 1 && $0.failed.count == 1 }
      #expect(events.accepted[0].key == "b")
      let left = try await keys(in: database)
      #expect(left == ["a"])
    }
  }

  @Test(arguments: Transport.allCases) @LoopActor
  func `two relays of one table say each call once`(over transport: Transport) async throws {
    try await MeetingPlace.with(transport) { place in
      try await with(place) { database, receiver, events, relay in
        let other = await place.client(of: .delivery)
        let second = OutboxRelay(Self.table, on: database, to: other) { events.take($0) }
        let running = onLoop { _ = try? await second.run() }
        for number in 1...300 {
          try await database.query(Self.table.leaving(Push(number: number), key: "\(number)"))
          if number.isMultiple(of: 20) {
            relay.wake()
            second.wake()
          }
        }
        await events.wait { $0.accepted.count == 300 }
        #expect(Set(receiver.heard.map(\.number)).count == 300)
        #expect(receiver.heard.count == 300)
        running.cancel()
        await running.value
      }
    }
  }

  @Test @LoopActor func `a call that lasts longer than a lease is said once`() async throws {
    try await with { database, receiver, events, relay in
      receiver.delay = .milliseconds(3500)
      try await database.query(Self.table.leaving(Push(number: 1), key: "slow"))
      relay.wake()
      await events.wait { $0.accepted.count == 1 }
      #expect(receiver.heard.map(\.key) == ["slow"])
    }
  }

  @Test @LoopActor func `what a dead relay held is said by another within four seconds`() async throws {
    try await MeetingPlace.with(.tcp) { place in
      try await with(place) { database, receiver, events, relay in
        // One that looks after nothing, as if it had died.
        let dead = OutboxRelay(Self.table, on: database, to: await place.client(of: .delivery))
        receiver.delay = .milliseconds(4500)
        try await database.query(Self.table.leaving(Push(number: 1), key: "held"))
        dead.wake()
        let began = ContinuousClock.now
        await events.wait { !$0.accepted.isEmpty }
        #expect(receiver.heard.map(\.key) == ["held", "held"])
        #expect(events.accepted[0].attempts == 2)
        #expect(ContinuousClock.now - began > .seconds(3))
      }
    }
  }

  // MARK: - Waiting

  /// Leaves some calls and waits for them, and says how long.
  private func deliver(
    _ numbers: ClosedRange<Int>,
    _ database: Database,
    _ relay: OutboxRelay,
    within bound: Duration = .seconds(40)
  ) async throws -> Duration {
    for number in numbers { try await database.query(Self.table.leaving(Push(number: number), key: "k\(number)")) }
    let began = ContinuousClock.now
    await relay.deliver(numbers.map { "k\($0)" }, within: bound)
    return ContinuousClock.now - began
  }

  @Test(arguments: Transport.allCases) @LoopActor
  func `who waits for calls goes on when all are accepted`(over transport: Transport) async throws {
    try await with(transport) { database, receiver, events, relay in
      receiver.delay = .milliseconds(200)
      receiver.answer = { [unowned receiver] _ in receiver.heard.count < 3 ? Failure(.unavailable) : nil }
      let waited = try await deliver(1...3, database, relay)
      #expect(receiver.done.sorted() == [1, 2, 3] && waited < .seconds(20))
    }
  }

  @Test @LoopActor func `a refusal ends the wait, and so does its bound`() async throws {
    try await with { database, receiver, events, relay async throws in
      receiver.answer = { $0 == 1 ? .invalid("number") : nil }
      #expect(try await deliver(1...1, database, relay) < .seconds(20))
      #expect(receiver.heard.count == 1 && receiver.done.isEmpty)
    }
    try await with { database, receiver, events, relay async throws in
      receiver.delay = .seconds(20)
      #expect(try await deliver(1...1, database, relay, within: .milliseconds(100)) < .seconds(10))
      #expect(receiver.done.isEmpty)
    }
  }

  @Test @LoopActor func `nobody waits for a receiver that is away, or goes away`() async throws {
    try await with { database, receiver, events, relay async throws in
      receiver.delay = .seconds(10)
      let waiter = onLoop { try? await deliver(1...1, database, relay) }
      while receiver.heard.isEmpty { await Task.yield() }
      await receiver.server.drain(within: .zero)
      #expect(try #require(await waiter.value) < .seconds(20))
      #expect(try await deliver(2...2, database, relay) < .seconds(20))
    }
  }

  @Test(arguments: Transport.allCases) @LoopActor
  func `who waits goes on when another copy's relay was the one to say it`(over transport: Transport) async throws {
    try await MeetingPlace.with(transport) { place in
      try await with(place) { database, receiver, events, relay in
        let second = OutboxRelay(Self.table, on: database, to: await place.client(of: .delivery))
        receiver.delay = .milliseconds(500)
        try await database.query(Self.table.leaving(Push(number: 1), key: "k1"))
        second.wake()
        while receiver.heard.isEmpty { try await pause(for: .milliseconds(1)) }
        let began = ContinuousClock.now
        await relay.deliver(["k1"], within: .seconds(40))
        #expect(receiver.done == [1] && receiver.heard.count == 1)
        #expect(ContinuousClock.now - began < .seconds(20))
      }
    }
  }
}
