import Loop
import Testing

@Suite(.timeLimit(.minutes(1))) @LoopActor struct PatienceTests {
  private struct Refusal: Error {}

  @Test func `pauses double up to the longest`() {
    let patience = Patience(first: .milliseconds(25), longest: .milliseconds(400), pauses: 11)
    #expect(patience.total == .milliseconds(25 + 50 + 100 + 200 + 7 * 400))
  }

  @Test func `it asks until there is an answer`() async {
    var asked = 0
    let answer = await Patience(first: .milliseconds(1), longest: .milliseconds(1), pauses: 5).answer {
      asked += 1
      return asked == 3 ? "there" : nil
    }
    #expect(answer == "there" && asked == 3)
  }

  @Test func `it asks once more after the last pause, and then gives up`() async {
    var asked = 0
    let answer: Int? = await Patience(first: .milliseconds(1), longest: .milliseconds(1), pauses: 2).answer {
      asked += 1
      return nil
    }
    #expect(answer == nil && asked == 3)
  }

  @Test func `a refusal ends it`() async {
    var asked = 0
    await #expect(throws: Refusal.self) {
      let _: Int? = try await Patience(first: .seconds(60), longest: .seconds(60), pauses: 1).answer {
        () throws(Refusal) in
        asked += 1
        throw Refusal()
      }
    }
    #expect(asked == 1)
  }

  @Test func `who is cancelled asks no more`() async {
    let (asked, tell) = AsyncStream.makeStream(of: Void.self)
    let asking = onLoop { () -> Int? in
      await Patience(first: .seconds(600), longest: .seconds(600), pauses: 1).answer {
        tell.yield()
        return nil
      }
    }
    for await _ in asked { break }
    asking.cancel()
    #expect(await asking.value == nil)
  }
}
