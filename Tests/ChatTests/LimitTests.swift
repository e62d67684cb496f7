import Testing
import Time
import Wire

@testable import ChatCore

@Suite struct LimitTests {
  private let start = Timestamp(seconds: 1_700_000_000)

  private func wait(_ rate: inout SendRate<Int>, _ writer: Int, at now: Timestamp) -> Int? {
    do throws(Failure) {
      try rate.take(writer, at: now)
      return nil
    } catch {
      #expect(error.word == .rateLimited && error.reason == "messages")
      return error.retryAfter
    }
  }

  @Test func `thirty at once, then ten a second`() {
    var rate = SendRate<Int>(perSecond: 10, burst: 30)
    for _ in 0..<30 { #expect(wait(&rate, 1, at: start) == nil) }
    #expect(wait(&rate, 1, at: start) == 1)
    #expect(wait(&rate, 2, at: start) == nil)
    var sent = 0
    for tick in 1...200 where wait(&rate, 1, at: start + .milliseconds(10 * tick)) == nil { sent += 1 }
    #expect(sent == 20)
  }

  @Test func `a refused message does not count`() {
    var rate = SendRate<Int>(perSecond: 1, burst: 1)
    #expect(wait(&rate, 1, at: start) == nil)
    for _ in 0..<100 { #expect(wait(&rate, 1, at: start) == 1) }
    #expect(wait(&rate, 1, at: start + .seconds(1)) == nil)
  }

  @Test func `a clock set back does not silence a writer`() {
    var rate = SendRate<Int>(perSecond: 10, burst: 30)
    for _ in 0..<31 { _ = wait(&rate, 1, at: start) }
    let earlier = start - .seconds(3600)
    for _ in 0..<30 { #expect(wait(&rate, 1, at: earlier) == nil) }
    #expect(wait(&rate, 1, at: earlier) == 1)
  }

  @Test func `writers who pause are forgotten`() {
    var rate = SendRate<Int>(perSecond: 10, burst: 30)
    for writer in 0..<5000 { try? rate.take(writer, at: start + .seconds(writer)) }
    #expect(rate.count < 5000)
  }

  private func miss(_ guesses: inout GuessLimit<Int>, at now: Timestamp) -> Failure { guesses.miss(1, at: now) }

  @Test func `the twenty-first unknown room within a minute is refused`() {
    var guesses = GuessLimit<Int>(limit: 20)
    for number in 0..<20 {
      #expect(!guesses.isExhausted(1, at: start))
      #expect(miss(&guesses, at: start + .seconds(number)) == Failure(.notFound, .unknownRoom))
    }
    #expect(guesses.isExhausted(1, at: start + .seconds(20)))
    #expect(miss(&guesses, at: start + .seconds(20)) == Failure(.rateLimited, .attempts, retryAfter: 40))
    #expect(!guesses.isExhausted(2, at: start))
    #expect(miss(&guesses, at: start + .seconds(60)) == Failure(.notFound, .unknownRoom))
    #expect(miss(&guesses, at: start + .seconds(60)).word == .rateLimited)
  }

  @Test func `a guesser who is refused does not stay so by trying`() {
    var guesses = GuessLimit<Int>(limit: 1)
    _ = guesses.miss(1, at: start)
    for second in 1..<60 { #expect(miss(&guesses, at: start + .seconds(second)).word == .rateLimited) }
    #expect(!guesses.isExhausted(1, at: start + .seconds(60)))
    #expect(!guesses.isExhausted(1, at: start - .seconds(3600)))
  }

  @Test func `without a limit a guess is always just unknown`() {
    var guesses = GuessLimit<Int>(limit: nil)
    for _ in 0..<100 { #expect(miss(&guesses, at: start).word == .notFound) }
    #expect(!guesses.isExhausted(1, at: start) && guesses.count == 0)
  }

  @Test func `guessers of long ago are forgotten`() {
    var guesses = GuessLimit<Int>(limit: 20)
    for guesser in 0..<5000 { _ = guesses.miss(guesser, at: start + .seconds(guesser)) }
    #expect(guesses.count < 5000)
  }
}
