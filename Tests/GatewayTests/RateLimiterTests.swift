import Testing

@testable import GatewayCore

@Suite struct RateLimiterTests {
  private let start = ContinuousClock.now
  private let limit = RateLimit(perSecond: 50, burst: 200)

  @Test func `a burst passes and the next waits`() {
    var limiter = RateLimiter()
    for _ in 0..<200 { #expect(limiter.take("a", limit: limit, at: start) == nil) }
    #expect(limiter.take("a", limit: limit, at: start) == .milliseconds(20))
  }

  @Test func `a refusal takes nothing`() {
    var limiter = RateLimiter()
    for _ in 0..<500 { _ = limiter.take("a", limit: limit, at: start) }
    #expect(limiter.take("a", limit: limit, at: start + .milliseconds(20)) == nil)
  }

  @Test func `a bucket fills again at its rate and no further than its burst`() {
    var limiter = RateLimiter()
    for _ in 0..<200 { _ = limiter.take("a", limit: limit, at: start) }
    let later = start + .seconds(3600)
    let passed = (0..<400).count { _ in limiter.take("a", limit: limit, at: later) == nil }
    #expect(passed == 200)
  }

  @Test func `one key's haste costs another nothing`() {
    var limiter = RateLimiter()
    for _ in 0..<300 { _ = limiter.take("a", limit: limit, at: start) }
    #expect(limiter.take("b", limit: limit, at: start) == nil)
  }
}
