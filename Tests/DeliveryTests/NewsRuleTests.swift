import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

private let now = Timestamp(seconds: 1_767_225_600)

/// What becomes of jobs for people of whom auth has not told, or only just.
@Suite struct NewsRuleTests {
  private func job(
    seen: Int?,
    _ addresses: Addresses = Addresses(),
    channels: [Delivery.Channel] = [.push, .web],
    expires: Timestamp? = nil,
    quietEnd: Timestamp? = nil
  ) -> ClaimedJob {
    var notice = Notice("x")
    notice.channels = channels
    return ClaimedJob(
      id: UUIDValue(high: 1, low: 2),
      kind: .notice,
      notice: notice,
      due: now - .seconds(90_000),
      expires: expires,
      attempts: 1,
      firstTry: now,
      quietEnd: quietEnd,
      label: nil,
      badge: 0,
      addresses: addresses,
      newsSeen: seen
    )
  }

  private func route(_ job: ClaimedJob, after seconds: Double = 0, webhook: Bool = false) -> JobRoute {
    JobRoute(job, at: now + .seconds(seconds)) { webhook || $0 != .webhook }
  }

  private func expects(_ seconds: Double) -> JobRoute { .settle(.expectNews(until: now + .seconds(seconds))) }

  @Test func `who is unknown is waited for, with rarer looks, for a day`() {
    let job = job(seen: 0)
    #expect(route(job) == expects(60))
    #expect(route(job, after: 10) == expects(70))
    #expect(route(job, after: 300) == expects(600))
    #expect(route(job, after: 40_000) == expects(40_900))
    #expect(route(job, after: 86_399) == expects(87_299))
    #expect(route(job, after: 86_400) == .settle(.dead(reason: "person unknown")))
  }

  @Test func `a known person without a device is waited for only if the job was here before the person`() {
    #expect(route(job(seen: nil)) == .settle(.done(.unreachable)))
    #expect(route(job(seen: 1)) == expects(60))
    #expect(route(job(seen: 7), after: 59) == expects(60))
    #expect(route(job(seen: 7), after: 60) == .settle(.done(.unreachable)))
  }

  @Test func `whoever can be reached is`() {
    let telephone = PushTarget.telephone(.android, token: "t")
    #expect(route(job(seen: 1, Addresses(devices: [telephone]))) == .send([telephone]))
    let mail = job(seen: 1, Addresses(email: "bob@x.org"), channels: [.push, .mail])
    #expect(route(mail) == .send([.mail("bob@x.org")]))
    let hook = job(seen: 0, channels: [.push, .webhook])
    #expect(route(hook, webhook: true) == .send([.webhook]))
    #expect(route(hook) == expects(60))
  }

  @Test func `nobody's night is not waited for, and what is of no use is dropped`() {
    let morning = now + .seconds(3600)
    #expect(route(job(seen: 0, quietEnd: morning)) == expects(60))
    #expect(route(job(seen: 1, quietEnd: morning)) == .settle(.wait(until: morning)))
    #expect(
      route(job(seen: 0, channels: [.webhook], quietEnd: morning), webhook: true) == .settle(.wait(until: morning))
    )
    #expect(route(job(seen: 0, expires: now)) == .settle(.done(.moot)))
  }
}
