import Outgoing
import Testing
import Time

@testable import DeliveryCore

@Suite struct RetryRuleTests {
  private let start = Timestamp(seconds: 1_767_225_600)

  private func verdict(
    _ error: OutgoingError,
    attempts: Int = 1,
    after span: Duration = .zero,
    chance: Double = 0
  ) -> MailVerdict {
    RetryRule.verdict(error, attempts: attempts, firstTry: start, at: start + span, chance: chance)
  }

  @Test func `waits double from two seconds to a quarter of an hour`() {
    let rests = (1...12).map { RetryRule.rest(after: $0, chance: 0) }
    #expect(rests == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900].map { .seconds($0) })
  }

  @Test(arguments: [1, 5, 10, 1000, Int.max, 0, -1])
  func `chance shortens a wait by up to half, never below a second`(attempts: Int) {
    let longest = RetryRule.rest(after: attempts, chance: 0)
    #expect(RetryRule.rest(after: attempts, chance: 0.5) == longest * 0.75)
    #expect(RetryRule.rest(after: attempts, chance: 0.999) >= max(.seconds(1), longest / 2))
    #expect(longest <= RetryRule.longestRest)
  }

  @Test(
    arguments: [
      .refused(status: 421), .refused(status: 451), .timedOut, .busy, .unreachable("x"), .broken("x"), .insecure("x"),
      .cancelled,
    ] as [OutgoingError]
  )
  func `what may pass is tried again`(error: OutgoingError) {
    #expect(verdict(error, attempts: 3, chance: 0.5) == .retry(after: .seconds(6), reason: error.reason))
  }

  @Test(arguments: [.refused(status: 550), .refused(status: 554), .invalid("x")] as [OutgoingError])
  func `what is refused for good is given up at once`(error: OutgoingError) {
    #expect(verdict(error) == .failed(reason: error.reason))
  }

  @Test(arguments: [530, 534, 535, 538])
  func `a relay that does not trust us has not refused the mail`(status: Int) {
    #expect(verdict(.refused(status: status)) == .retry(after: .seconds(2), reason: "refused with \(status)"))
  }

  @Test func `after a day it is over, with the last reason`() {
    let day = Duration.seconds(86_400)
    #expect(
      verdict(.timedOut, attempts: 100, after: day - .seconds(1)) == .retry(after: .seconds(900), reason: "timed out")
    )
    #expect(verdict(.timedOut, attempts: 100, after: day) == .failed(reason: "timed out"))
  }
}
