import JSON
import Loop
import Testing
import Wire

@testable import GatewayCore

/// A list that grows, and what asking for it costs.
@LoopActor
private final class Source {
  var entries = 0
  private(set) var asked = 0
  private var gates: [CheckedContinuation<Void, Never>] = []
  var isHeld = false

  /// Reads the list first and hands it over later, as a busy database does.
  func fetch() async throws(Failure) -> Live.Page {
    asked += 1
    let read = entries
    if isHeld { await withCheckedContinuation { gates.append($0) } }
    return Live.Page(RawJSON(int: read), next: nil)
  }

  func letGo() {
    isHeld = false
    for gate in gates { gate.resume() }
    gates = []
  }
}

extension RawJSON {
  fileprivate init(int: Int) {
    var writer = JSONWriter()
    writer.int(int)
    self = writer.raw
  }
}

@LoopActor struct AnswerCacheTests {
  private let source = Source()
  private let start = ContinuousClock.now

  /// The time stands still, however long the machine takes.
  private func cache(_ lifetime: Duration = .seconds(1)) -> AnswerCache {
    AnswerCache(lifetime: lifetime) { [start] in start }
  }

  private func ask(_ cache: AnswerCache) async throws -> Int? {
    try await cache.answer("list") { () async throws(Failure) in try await source.fetch() }.page.items.value().number?
      .int
  }

  @Test func `an answer is given again until it has its age`() async throws {
    let cache = cache()
    #expect(try await ask(cache) == 0)
    source.entries = 1
    #expect(try await ask(cache) == 0)
    #expect(source.asked == 1)
  }

  @Test func `whoever has seen a change finds it in the answer`() async throws {
    let cache = cache()
    for entry in 1...5 {
      source.entries = entry
      cache.change()
      #expect(try await ask(cache) == entry)
    }
    #expect(try await ask(cache) == 5)
    #expect(source.asked == 5)
  }

  @Test func `an answer that was asked for before a change is not the one after it`() async throws {
    let cache = cache()
    source.isHeld = true
    let early = onLoop { try? await ask(cache) }
    try await until { source.asked == 1 }
    source.entries = 1
    cache.change()
    let late = onLoop { try? await ask(cache) }
    // It has come as far as it can before the first answer is there.
    for _ in 0..<10 { await Task.yield() }
    source.letGo()
    #expect(await early.value == 0)
    #expect(await late.value == 1)
    #expect(try await ask(cache) == 1)
    #expect(source.asked == 2)
  }

  @Test func `a lifetime of zero keeps nothing`() async throws {
    let cache = cache(.zero)
    for entry in 0...2 {
      source.entries = entry
      #expect(try await ask(cache) == entry)
    }
  }

  private func until(_ condition: () -> Bool) async throws {
    while !condition() { try await pause(for: .milliseconds(1)) }
  }
}

struct EffortTests {
  private let start = ContinuousClock.now

  @Test func `little work may be hurried, much waits until a tenth of the time went into it`() {
    var effort = Effort()
    #expect(effort.isAffordable("a", at: start))
    effort.spend(.milliseconds(999), on: "a", at: start)
    #expect(effort.isAffordable("a", at: start))
    effort.spend(.milliseconds(101), on: "a", at: start)
    #expect(!effort.isAffordable("a", at: start))
    #expect(!effort.isAffordable("a", at: start + .seconds(1)))
    #expect(effort.isAffordable("a", at: start + .milliseconds(1001)))
  }

  @Test func `what takes long does not make the others wait`() {
    var effort = Effort()
    effort.spend(.seconds(60), on: "a", at: start)
    effort.spend(.milliseconds(1), on: "b", at: start)
    #expect(!effort.isAffordable("a", at: start))
    #expect(effort.isAffordable("b", at: start) && effort.isAffordable("c", at: start))
  }

  @Test func `rest is not saved up`() {
    var effort = Effort()
    effort.spend(.milliseconds(10), on: "a", at: start)
    effort.spend(.seconds(1), on: "a", at: start + .seconds(3600))
    #expect(!effort.isAffordable("a", at: start + .seconds(3600)))
  }

  @Test func `of more answers than can be watched none is hurried, until some have had their rest`() {
    var effort = Effort()
    for number in 0..<100 { effort.spend(.milliseconds(1), on: "\(number)", at: start) }
    #expect(effort.isAffordable("0", at: start))
    #expect(!effort.isAffordable("99", at: start))
    effort.spend(.milliseconds(1), on: "99", at: start + .seconds(1))
    #expect(effort.isAffordable("99", at: start + .seconds(1)) && effort.isAffordable("98", at: start + .seconds(1)))
  }
}
