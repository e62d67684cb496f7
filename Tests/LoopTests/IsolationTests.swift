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
    let direct = await onLoop { await Witness().interrupted() }.value
    #expect(!direct)
    let generic = await onLoop { await Witness().interruptedGenerically { 1 } }.value
    #expect(!generic)
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

  /// Were it handed to the global pool first, the end of the turn would come before it.
  @Test func `a resumed task goes on in the same turn`() async {
    let order = await onLoop {
      var order: [String] = []
      await withCheckedContinuation { waiter in
        let timer = Timer {
          waiter.resume()
          EventLoop.shared.atTurnEnd { LoopActor.assumeIsolated { order.append("end of turn") } }
        }
        timer.arm(after: .milliseconds(1))
      }
      order.append("resumed")
      try? await pause(for: .milliseconds(1))
      return order
    }.value
    #expect(order == ["resumed", "end of turn"])
  }
}
