import Loop
import Testing

@Suite @LoopActor struct IsolationTests {
  @LoopActor private final class Witness {
    var othersRan = false

    /// Whether somebody else had a turn between here and a call on the same actor.
    func interrupted() async -> Bool {
      onLoop { self.othersRan = true }
      return await told()
    }

    func interruptedGenerically<T>(_ look: @LoopActor () throws -> T?) async rethrows -> Bool {
      onLoop { self.othersRan = true }
      _ = try look()
      return await told()
    }

    private func told() async -> Bool { othersRan }
  }

  /// What is looked at before a call still holds inside it, so that a look and the wait for a change are one step.
  @Test func `a call within the loop gives nobody else a turn`() async {
    let direct = await Witness().interrupted()
    #expect(!direct)
    let generic = await Witness().interruptedGenerically { 1 }
    #expect(!generic)
    let asTask = await onLoop { await Witness().interrupted() }.value
    #expect(!asTask)
  }

  @Test func `a task that waits does give others a turn`() async throws {
    let witness = Witness()
    let other = onLoop { witness.othersRan = true }
    await other.value
    #expect(witness.othersRan)
  }

  @Test func `a task that keeps yielding does not keep the loop from its timers`() async {
    let witness = Witness()
    let timer = Timer { witness.othersRan = true }
    timer.arm(after: .milliseconds(5))
    while !witness.othersRan { await Task.yield() }
    timer.cancel()
    #expect(witness.othersRan)
  }
}
