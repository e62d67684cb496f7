import Testing
import Wire

@testable import Outbox

@Suite struct RelayPaceTests {
  private func expect(
    _ pace: inout RelayPace,
    _ asked: Int?,
    at place: SourceLocation = #_sourceLocation,
    _ step: (inout RelayPace) -> Int?
  ) {
    let answer = step(&pace)
    #expect(answer == asked, sourceLocation: place)
  }

  @Test func `an empty claim ends the asking until the next wake`() {
    var pace = RelayPace(limit: 4)
    expect(&pace, 4) { $0.woken() }
    expect(&pace, nil) { $0.claimed(0, of: 4) }
    expect(&pace, 4) { $0.woken() }
  }

  @Test func `a full claim asks again as soon as there is room`() {
    var pace = RelayPace(limit: 2)
    expect(&pace, 2) { $0.woken() }
    expect(&pace, nil) { $0.claimed(2, of: 2) }
    expect(&pace, 1) { $0.finished() }
    expect(&pace, nil) { $0.finished() }
    expect(&pace, 1) { $0.claimed(1, of: 1) }
  }

  @Test func `a wake during a claim is not lost`() {
    var pace = RelayPace(limit: 8)
    expect(&pace, 8) { $0.woken() }
    expect(&pace, nil) { $0.woken() }
    expect(&pace, 7) { $0.claimed(1, of: 8) }
    expect(&pace, nil) { $0.claimed(0, of: 7) }
    expect(&pace, nil) { $0.finished() }
    #expect(pace.underway == 0)
  }

  @Test func `after a failed claim only a wake asks again`() {
    var pace = RelayPace(limit: 8)
    expect(&pace, 8) { $0.woken() }
    pace.claimFailed()
    expect(&pace, 8) { $0.woken() }
  }

  @Test func `rests double, within bounds, and never undercut what was asked for`() {
    let away = Failure(.unavailable)
    #expect(RetryRest.after(attempts: 1, away, chance: 0) == .milliseconds(100))
    #expect(RetryRest.after(attempts: 3, away, chance: 0) == .milliseconds(400))
    #expect(RetryRest.after(attempts: 3, away, chance: 1) == .milliseconds(200))
    #expect(RetryRest.after(attempts: .max, away, chance: 0) == .seconds(5))
    #expect(RetryRest.after(attempts: 0, away, chance: 0) == .milliseconds(100))
    #expect(RetryRest.after(attempts: 1, Failure(.rateLimited, retryAfter: 30), chance: 0) == .seconds(30))
    #expect(RetryRest.after(attempts: 1, Failure(.invalid), chance: 0) == .seconds(1))
    #expect(RetryRest.after(attempts: 40, Failure(.invalid), chance: 0) == .seconds(3600))
  }

  @Test func `a call nobody knows yet may be known to the next build`() {
    #expect(!RetryRest.isRefusal(Failure(.unknownCall)))
    #expect(RetryRest.isRefusal(Failure(.invalid)))
  }
}
