import Loop
import Testing

@Suite @LoopActor struct TurnsTests {
  @LoopActor private final class Record {
    var done: [String] = []
    var release: CheckedContinuation<Void, Never>?
  }

  @Test func `callers of one key go one after the other, those of another do not wait for them`() async throws {
    let (turns, record) = (Turns<String>(), Record())
    let first = onLoop {
      try? await turns.inTurn(of: "a") {
        await withCheckedContinuation { record.release = $0 }
        record.done.append("first")
      }
    }
    while record.release == nil { await Task.yield() }
    let others = ["second", "third"].map { name in
      onLoop { try? await turns.inTurn(of: "a") { record.done.append(name) } }
    }
    try await turns.inTurn(of: "b") { record.done.append("beside") }
    #expect(record.done == ["beside"])
    record.release?.resume()
    for caller in [first] + others { _ = await caller.value }
    #expect(record.done == ["beside", "first", "second", "third"])
    // What a caller throws is thrown to it, and the line goes on.
    await #expect(throws: CancellationError.self) { try await turns.inTurn(of: "a") { throw CancellationError() } }
    try await turns.inTurn(of: "a") { record.done.append("last") }
    #expect(record.done.last == "last")
  }
}
