import Loop
import Testing

@Suite struct BackoffTests {
  @Test func `waits double up to the longest and start anew after a success`() {
    var backoff = Backoff(first: .milliseconds(20), longest: .milliseconds(100))
    #expect((0..<4).map { _ in backoff.next(jitter: 0) } == [20, 40, 80, 100].map { .milliseconds($0) })
    backoff.reset()
    #expect(backoff.next(jitter: 1) == .milliseconds(10))
  }
}
