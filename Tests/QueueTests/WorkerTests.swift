import Loop
@testable import Postgres
import Testing
import Time

@testable import Queue

/// Numbers to be done, in the memory of the test.
@LoopActor
private final class Numbers: QueueWork {
  struct Number: Identifiable { let id: Int }

  var waiting: [Int]
  var othersHold = false
  /// What `renew` leaves to this worker.
  var keeps: @LoopActor ([Int]) async -> [Int] = { $0 }
  private(set) var begun: [Int] = []
  private(set) var claims: [Int] = []
  private(set) var renewals: [[Int]] = []
  private(set) var failures = 0
  private var trouble = 0
  private var isOpen = false
  private var atGate: [CheckedContinuation<Void, Never>] = []
  private let events = AsyncStream.makeStream(of: Void.self)

  init(_ waiting: [Int], trouble: Int = 0, isOpen: Bool = false) {
    self.waiting = waiting
    self.trouble = trouble
    self.isOpen = isOpen
  }

  func claim(_ count: Int, at now: Timestamp) async throws(PostgresError) -> [Number] {
    defer { events.continuation.yield() }
    if trouble > 0 {
      trouble -= 1
      throw .unavailable("away")
    }
    claims.append(count)
    let taken = waiting.prefix(count)
    waiting.removeFirst(taken.count)
    return taken.map { Number(id: $0) }
  }

  func renew(_ keys: [Int]) async throws(PostgresError) -> [Int] {
    defer { events.continuation.yield() }
    renewals.append(keys.sorted())
    return await keeps(keys)
  }

  func outlook(at now: Timestamp) async throws(PostgresError) -> Outlook {
    Outlook(due: nil, othersHold: othersHold)
  }

  func carryOut(_ claim: Number) async -> Bool {
    begun.append(claim.id)
    events.continuation.yield()
    if !isOpen { await withCheckedContinuation { atGate.append($0) } }
    return false
  }

  func failed(_ error: PostgresError) { failures += 1 }

  /// Lets all that is under way, and all to come, end.
  func open() {
    isOpen = true
    for one in atGate { one.resume() }
    atGate = []
  }

  func until(_ condition: @LoopActor (Numbers) -> Bool) async {
    for await _ in events.stream where condition(self) { return }
  }
}

@Suite(.timeLimit(.minutes(1))) @LoopActor struct WorkerTests {
  private func worker(places: Int = 4, lease: Duration = .seconds(60), isAwaited: Bool = true) -> QueueWorker<Int> {
    QueueWorker(places: places, lease: lease, isAwaited: isAwaited, clock: .system)
  }

  private func end(_ running: Task<Void, Never>) async {
    running.cancel()
    await running.value
  }

  @Test func `it takes no more than it has places for, and more as they become free`() async {
    let numbers = Numbers(Array(1...10))
    let worker = worker()
    let running = onLoop { _ = try? await worker.run(numbers) }
    await numbers.until { $0.begun.count == 4 }
    #expect(numbers.claims == [4] && worker.held.sorted() == [1, 2, 3, 4])
    numbers.open()
    await numbers.until { $0.begun.count == 10 }
    #expect(numbers.begun == Array(1...10))
    await end(running)
  }

  @Test func `a ring is a look, and what is in hand is not begun again`() async {
    let numbers = Numbers([7])
    let worker = worker()
    let running = onLoop { _ = try? await worker.run(numbers) }
    await numbers.until { $0.begun == [7] }
    numbers.waiting = [7, 8]
    worker.ring()
    await numbers.until { $0.begun.count == 2 }
    #expect(numbers.begun == [7, 8])
    numbers.open()
    await end(running)
  }

  /// Runs until the number in hand is claimed once more, then lets it end.
  private func claimAgain(_ numbers: Numbers, _ worker: QueueWorker<Int>) async -> Task<Void, Never> {
    let running = onLoop { _ = try? await worker.run(numbers) }
    await numbers.until { $0.begun == [7] }
    numbers.waiting = [7]
    worker.ring()
    await numbers.until { $0.claims.count == 2 }
    numbers.open()
    return running
  }

  @Test func `what was claimed again while in hand is begun when its first end is known`() async {
    let numbers = Numbers([7])
    let worker = worker()
    let running = await claimAgain(numbers, worker)
    await numbers.until { $0.begun == [7, 7] }
    #expect(numbers.renewals == [[7]])
    await end(running)
    #expect(worker.held == [])
  }

  @Test func `what was claimed again and is done with is not begun again`() async {
    let numbers = Numbers([7])
    numbers.keeps = { _ in [] }
    let worker = worker()
    let running = await claimAgain(numbers, worker)
    await numbers.until { $0.renewals == [[7]] }
    await end(running)
    #expect(numbers.begun == [7] && worker.held == [])
  }

  @Test func `a claim that comes while it is asked whose the row is counts too`() async {
    let numbers = Numbers([7])
    let worker = worker()
    numbers.keeps = { keys in
      guard numbers.renewals.count == 1 else { return keys }
      numbers.waiting = [7]
      worker.ring()
      await numbers.until { $0.claims.count == 3 }
      return []
    }
    let running = await claimAgain(numbers, worker)
    await numbers.until { $0.begun == [7, 7] }
    await end(running)
    #expect(numbers.renewals == [[7], [7]])
  }

  @Test func `what a lost answer has claimed is looked for when its lease is over`() async {
    let numbers = Numbers([], trouble: 1, isOpen: true)
    let worker = worker(lease: .milliseconds(1500))
    let running = onLoop { _ = try? await worker.run(numbers) }
    // The first look after the failure finds nothing, and nobody rings.
    await numbers.until { $0.claims.count == 1 }
    numbers.waiting = [1]
    await numbers.until { $0.begun == [1] }
    await end(running)
  }

  @Test func `it looks by itself after what others hold`() async {
    let numbers = Numbers([], isOpen: true)
    numbers.othersHold = true
    let worker = worker()
    let running = onLoop { _ = try? await worker.run(numbers) }
    await numbers.until { $0.claims.count >= 3 }
    await end(running)
  }

  @Test func `it goes on when the database is back`() async {
    let numbers = Numbers([1], trouble: 1, isOpen: true)
    let worker = worker()
    let running = onLoop { _ = try? await worker.run(numbers) }
    await numbers.until { $0.begun == [1] }
    #expect(numbers.failures == 1)
    await end(running)
  }

  @Test func `what lasts is renewed, and what is lost may not be acted on`() async {
    let numbers = Numbers([1, 2])
    numbers.keeps = { $0.filter { $0 == 1 } }
    let worker = worker(lease: .seconds(4))
    let running = onLoop { _ = try? await worker.run(numbers) }
    await numbers.until { $0.renewals.count >= 2 }
    #expect(numbers.renewals[0] == [1, 2])
    #expect(worker.holds(1) && !worker.holds(2))
    #expect(worker.held.sorted() == [1, 2])
    numbers.open()
    await end(running)
    #expect(worker.held == [])
  }

  @Test(arguments: [true, false])
  func `at its end it waits for what is under way where it shall`(isAwaited: Bool) async {
    let numbers = Numbers([1])
    let worker = worker(isAwaited: isAwaited)
    let running = onLoop { _ = try? await worker.run(numbers) }
    await numbers.until { $0.begun == [1] }
    running.cancel()
    if isAwaited { numbers.open() }
    await running.value
    #expect(worker.held == (isAwaited ? [] : [1]))
    numbers.open()
  }
}
