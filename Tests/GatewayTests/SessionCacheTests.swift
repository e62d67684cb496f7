import Testing
import Wire

@testable import GatewayCore

@Suite struct SessionCacheTests {
  private let now = ContinuousClock.now
  private let ann = Identity(user: UserID("ann"), session: SessionID("s1"))

  private func cache(generation: Int = 10) -> SessionCache {
    var cache = SessionCache(generation: generation)
    _ = cache.store(ann, for: "k", lifetime: .seconds(3600), epoch: 0, at: now)
    return cache
  }

  @Test func `an answer counts until it is a minute old`() {
    var cache = cache()
    #expect(cache.identity(for: "k", at: now + .seconds(59)) == ann)
    #expect(cache.identity(for: "k", at: now + .seconds(61)) == nil)
  }

  @Test func `a session that ends sooner counts no longer than itself`() {
    var cache = SessionCache()
    _ = cache.store(ann, for: "k", lifetime: .seconds(5), epoch: 0, at: now)
    #expect(cache.identity(for: "k", at: now + .seconds(6)) == nil)
  }

  @Test func `an ended token is gone at once`() {
    var cache = cache()
    cache.end(tokens: ["k"])
    #expect(cache.identity(for: "k", at: now) == nil)
  }

  @Test func `an answer from before an event is not kept`() {
    var cache = SessionCache()
    let epoch = cache.epoch
    cache.end(tokens: ["other"])
    let kept = cache.store(ann, for: "k", lifetime: .seconds(60), epoch: epoch, at: now)
    #expect(!kept)
    #expect(cache.identity(for: "k", at: now) == nil)
  }

  @Test func `what may have missed events is dropped`() {
    var cache = cache()
    cache.clear()
    #expect(cache.identity(for: "k", at: now) == nil)
  }

  @Test func `the cache stays bounded and keeps what is used`() {
    var cache = cache(generation: 10)
    for number in 0..<100 {
      _ = cache.store(ann, for: "x\(number)", lifetime: .seconds(60), epoch: 0, at: now)
      #expect(cache.identity(for: "k", at: now) == ann)
    }
    let held = (0..<100).count { cache.identity(for: "x\($0)", at: now) != nil }
    #expect(held <= 20)
  }
}
