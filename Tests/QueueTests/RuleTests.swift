import Testing
import Time

@testable import Queue

@Suite struct LookRuleTests {
  private let now = Timestamp(seconds: 1_767_225_600)

  private func rest(_ due: Duration?, _ rule: LookRule = LookRule()) -> Duration {
    rule.next(due: due.map { now + $0 }, at: now) - now
  }

  @Test func `a worker sleeps until the next row is due, and no longer than a minute`() {
    #expect(rest(.seconds(7)) == .seconds(7))
    #expect(rest(nil) == .seconds(60))
    #expect(rest(.seconds(3600)) == .seconds(60))
  }

  @Test func `what a dead copy held is looked after several times a second`() {
    #expect(LookRule.leasedByOthers <= .milliseconds(500))
  }

  @Test func `it does not spin over a row that another copy is taking`() {
    #expect(rest(.zero) == .milliseconds(20))
    #expect(rest(.seconds(-5), LookRule(shortest: .seconds(1))) == .seconds(1))
  }
}

@Suite struct LeaseTests {
  private let start = ContinuousClock.now
  private var leases = Leases<String>(length: .seconds(4))

  private func after(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

  init() { _ = leases.claimed("a", at: start) }

  @Test func `what was claimed may be acted on until the lease ends, and nothing else may`() {
    #expect(leases.holds("a", at: after(3.9)))
    #expect(!leases.holds("a", at: after(4)))
    #expect(!leases.holds("b", at: start))
  }

  @Test func `it is renewed from its first quarter on, and then lasts from when that was asked for`() {
    var leases = leases
    #expect(leases.lasting(at: after(0.9)) == [])
    #expect(leases.lasting(at: after(1)) == ["a"])
    leases.renewed(["a"], of: ["a"], at: after(1))
    #expect(leases.holds("a", at: after(4.9)) && !leases.holds("a", at: after(5)))
    #expect(leases.lasting(at: after(1.9)) == [])
  }

  @Test func `what somebody else has taken is in hand until it ends, and not acted on`() {
    var leases = leases
    leases.renewed([], of: ["a"], at: after(1))
    #expect(!leases.holds("a", at: after(1)) && leases.held == ["a"])
    leases.ended("a")
    #expect(leases.held == [])
  }

  @Test func `what ended during a renewal stays ended`() {
    var leases = leases
    leases.ended("a")
    leases.renewed(["a"], of: ["a"], at: after(1))
    #expect(leases.held == [] && !leases.holds("a", at: after(1)))
  }

  @Test func `a row claimed again while it is in hand is not begun twice`() {
    var leases = leases
    let isBegun = leases.claimed("a", at: after(5))
    #expect(!isBegun)
    #expect(leases.holds("a", at: after(8.9)))
    leases.ended("a")
    let isBegunLater = leases.claimed("a", at: after(9))
    #expect(isBegunLater)
  }
}
