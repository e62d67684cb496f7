import Loop
import Security
import Testing

@Suite struct TurnstileTests {
  @LoopActor @Test func `places pass on in the order of arrival`() async throws {
    let turnstile = Turnstile(places: 1, waiting: 3)
    let log = Log()
    let gate = AsyncStream<Void>.makeStream()
    let tasks = (0..<4).map { number in
      onLoop {
        try? await turnstile.pass {
          log.entered.append(number)
          if number == 0 { for await _ in gate.stream { break } }
        }
      }
    }
    await onLoop {}.value
    #expect(log.entered == [0])
    await #expect(throws: Turnstile.Refusal.full) { try await turnstile.pass { log.entered.append(9) } }
    gate.continuation.yield()
    for task in tasks { await task.value }
    #expect(log.entered == [0, 1, 2, 3])
  }

  @LoopActor @Test func `a caller cancelled before or while it waits never enters`() async {
    let turnstile = Turnstile(places: 0, waiting: 2)
    let task = onLoop { await self.refusal(by: turnstile) }
    await onLoop {}.value
    task.cancel()
    #expect(await task.value == .cancelled)
    let late = onLoop { await self.refusal(by: turnstile) }
    late.cancel()
    #expect(await late.value == .cancelled)
  }

  @LoopActor private func refusal(by turnstile: Turnstile) async -> Turnstile.Refusal? {
    do {
      try await turnstile.pass {}
      return nil
    } catch {
      return error
    }
  }
}

@LoopActor private final class Log {
  var entered: [Int] = []
}
