import Testing
import Time
import Wire

@testable import AuthCore

@Suite struct LimitTests {
  private let start = Timestamp(microseconds: 1_900_000_000_000_000)

  @Test func `the limit counts any stretch of the span`() {
    var window = SlidingWindow<String>(limit: 3, within: .seconds(60))
    for second in [0, 20, 40] { window.record("a", at: start + .seconds(second)) }
    #expect(window.wait(for: "a", at: start + .seconds(41)) == .seconds(19))
    #expect(window.wait(for: "b", at: start + .seconds(41)) == nil)
    #expect(window.wait(for: "a", at: start + .seconds(60)) == nil)
    window.record("a", at: start + .seconds(60))
    #expect(window.wait(for: "a", at: start + .seconds(61)) == .seconds(19))
  }

  @Test func `what was taken back does not count`() {
    var window = SlidingWindow<String>(limit: 1, within: .seconds(60))
    window.record("a", at: start)
    window.forget("a")
    #expect(window.wait(for: "a", at: start) == nil)
    #expect(window.count == 0)
  }

  @Test func `memory stays bounded and live keys stay longest`() {
    var window = SlidingWindow<Int>(limit: 2, within: .seconds(60), capacity: 10)
    for key in 0..<9 { window.record(key, at: start) }
    window.record(100, at: start + .seconds(50))
    window.record(101, at: start + .seconds(70))
    #expect(window.count == 2)
    for key in 0..<1000 { window.record(key, at: start + .seconds(71)) }
    #expect(window.count == 10)
  }

  @Test func `a clock set back does not lock anybody out`() {
    var window = SlidingWindow<String>(limit: 1, within: .seconds(60))
    window.record("a", at: start + .seconds(86_400))
    #expect(window.wait(for: "a", at: start) == nil)
  }

  @Test func `the eleventh wrong login within a minute is told to wait`() {
    var limit = GuessLimit(perName: 10, perAddress: 100)
    for second in 0..<10 { #expect(guess(&limit, "ann", at: second * 5).word == .unauthenticated) }
    let refused = guess(&limit, "Ann ", at: 50)
    #expect(refused.word == .rateLimited)
    #expect(refused.retryAfter == 10)
    #expect(guess(&limit, "bob", at: 50).word == .unauthenticated)
    #expect(guess(&limit, "ann", from: "192.0.2.9", at: 50).word == .unauthenticated)
    #expect(guess(&limit, "ann", at: 60).word == .unauthenticated)
  }

  @Test func `one address may not try many names for ever`() {
    var limit = GuessLimit(perName: 10, perAddress: 20)
    for name in 0..<20 { #expect(guess(&limit, "user\(name)", at: 0).word == .unauthenticated) }
    #expect(guess(&limit, "another", at: 1).word == .rateLimited)
    #expect(throws: Failure.self) { try limit.admit("another", from: "192.0.2.1", at: start) }
  }

  @Test func `of guesses sent at once only the first ten are answered`() throws {
    var limit = GuessLimit(perName: 10, perAddress: 100)
    for _ in 0..<50 { try limit.admit("ann", from: "192.0.2.1", at: start) }
    let answers = (0..<50).map { _ in guess(&limit, "ann", at: 0).word }
    #expect(answers.filter { $0 == .unauthenticated }.count == 10)
    #expect(answers.filter { $0 == .rateLimited }.count == 40)
  }

  private func guess(
    _ limit: inout GuessLimit,
    _ name: String,
    from address: String = "192.0.2.1",
    at second: Int
  ) -> Failure {
    let refusal = Failure(.unauthenticated, .wrongCredentials)
    return limit.answer(to: name, from: address, at: start + .seconds(second), refusal)
  }
}
