import Testing
import Time

@testable import ChatCore

@Suite struct NameCacheTests {
  private let start = Timestamp(seconds: 1_700_000_000)

  private func learn(_ cache: inout NameCache<Int, String>, _ person: Int, _ name: String, at now: Timestamp) -> Bool {
    cache.learn(person, name, at: now)
  }

  @Test func `a name is current for a minute, and known for longer`() {
    var cache = NameCache<Int, String>()
    #expect(learn(&cache, 1, "Ann", at: start))
    #expect(cache.current(1, at: start + .milliseconds(59_999)) == "Ann")
    #expect(cache.current(1, at: start + .seconds(60)) == nil)
    #expect(cache.current(1, at: start - .seconds(1)) == nil)
    #expect(cache.last(1) == "Ann" && cache.last(2) == nil)
  }

  @Test func `only another name is news`() {
    var cache = NameCache<Int, String>()
    cache.learn(1, "Ann", at: start)
    #expect(!learn(&cache, 1, "Ann", at: start + .seconds(60)))
    #expect(cache.current(1, at: start + .seconds(100)) == "Ann")
    #expect(learn(&cache, 1, "Anna", at: start + .seconds(101)))
    #expect(cache.last(1) == "Anna")
  }

  @Test func `those who are out of date make room first`() {
    var cache = NameCache<Int, String>(capacity: 3)
    for person in 1...3 { cache.learn(person, "x", at: start + .seconds(person * 30)) }
    cache.learn(4, "x", at: start + .seconds(100))
    #expect(cache.last(1) == nil && cache.last(2) == "x" && cache.last(3) == "x" && cache.count == 3)
  }

  @Test func `it never holds more than it may`() {
    var cache = NameCache<Int, String>(capacity: 3)
    for person in 1...100 { cache.learn(person, "x", at: start) }
    #expect(cache.count <= 3 && cache.current(100, at: start) == "x")
  }
}
