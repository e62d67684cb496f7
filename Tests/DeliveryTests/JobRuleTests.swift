import Outgoing
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

private let now = Timestamp(seconds: 1_767_225_600)

private func job(
  _ kind: JobKind?,
  _ devices: [PushTarget] = [],
  email: String? = nil,
  notice: Notice? = nil,
  channel: Delivery.Channel? = nil,
  attempts: Int = 1,
  firstTry: Timestamp = now,
  expires: Timestamp? = nil,
  quietEnd: Timestamp? = nil,
  label: String? = "A moment earlier"
) -> ClaimedJob {
  ClaimedJob(
    id: UUIDValue(high: 1, low: 2),
    kind: kind,
    notice: notice,
    due: now,
    expires: expires,
    attempts: attempts,
    firstTry: firstTry,
    quietEnd: quietEnd,
    label: label,
    badge: 0,
    channel: channel,
    addresses: Addresses(devices: devices, email: email)
  )
}

@Suite struct JobRouteTests {
  private let iPhone = PushTarget.telephone(.ios, token: "i")
  private let android = PushTarget.telephone(.android, token: "a")
  private let browser = PushTarget.browser(WebSubscription(endpoint: "https://push.example/1", p256dh: [], auth: []))

  private func route(_ job: ClaimedJob, on: Set<ProviderName> = Set(ProviderName.allCases)) -> JobRoute {
    JobRoute(job, at: now) { on.contains($0) }
  }

  @Test func `each telephone is reached by its maker's service`() {
    #expect(route(job(.message, [iPhone])) == .send([iPhone]))
    #expect(route(job(.message, [android, iPhone])) == .send([android, iPhone]))
    #expect(route(job(.message, [android, iPhone]), on: [.fcm]) == .send([android]))
    #expect(route(job(.message)) == .settle(.done(.unreachable)))
    #expect(route(job(.message, [iPhone]), on: [.fcm]) == .settle(.done(.unreachable)))
  }

  @Test func `who has no telephone is told in the browser`() {
    #expect(route(job(.message, [browser, browser])) == .send([browser, browser]))
    #expect(route(job(.message, [browser, iPhone])) == .send([iPhone]))
    #expect(route(job(.message, [browser, iPhone]), on: [.web]) == .send([browser]))
    #expect(route(job(.notice, [browser], notice: Notice("x"))) == .settle(.done(.unreachable)))
  }

  @Test func `a job that has reached some devices goes to the others, and by nothing else`() {
    #expect(route(job(.message, [android, browser], channel: .push)) == .send([android]))
    #expect(route(job(.message, [browser], channel: .push)) == .settle(.done(.sent)))
    var notice = Notice("x")
    notice.channels = [.push, .mail]
    #expect(route(job(.notice, email: "a@x.org", notice: notice)) == .send([.mail("a@x.org")]))
    #expect(route(job(.notice, email: "a@x.org", notice: notice, channel: .push)) == .settle(.done(.sent)))
  }

  @Test func `what is for an address goes by mail, on or off`() {
    var notice = Notice("x")
    notice.mail = "b@x.org"
    #expect(route(job(.notice, [iPhone], email: "a@x.org", notice: notice), on: []) == .send([.mail("b@x.org")]))
  }

  @Test func `a message that is blocked or moved is nothing to tell`() {
    #expect(route(job(.message, [iPhone], label: nil)) == .settle(.done(.moot)))
    #expect(route(job(.announcement, [iPhone], label: nil)) == .send([iPhone]))
  }

  @Test func `a book is fetched by one of the apps only`() {
    #expect(route(job(.book, [iPhone, android])) == .send([android]))
    #expect(route(job(.book, [iPhone, browser])) == .settle(.done(.unreachable)))
  }

  @Test func `a job of a kind that this build does not know goes nowhere`() {
    #expect(route(job(nil, [iPhone])) == .settle(.done(.unreachable)))
  }

  @Test func `sleepers are let sleep, but not past the notice's use`() {
    let morning = now + .seconds(3600)
    #expect(route(job(.notice, [iPhone], quietEnd: morning)) == .settle(.wait(until: morning)))
    #expect(route(job(.notice, [iPhone], expires: now, quietEnd: morning)) == .settle(.done(.moot)))
  }
}

@Suite struct JobVerdictTests {
  private func verdict(_ outcomes: PushOutcome..., of job: ClaimedJob, after span: Duration = .zero) -> JobVerdict {
    let results = outcomes.map { PushResult(target: .webhook, outcome: $0) }
    return JobVerdict(results, of: job, at: now + span, chance: 0)
  }

  @Test func `what the provider asks for is waited for, if it is longer`() {
    let first = job(.notice)
    #expect(verdict(.retry(reason: "x", after: nil), of: first) == .retry(after: .seconds(2), reason: "x"))
    #expect(verdict(.retry(reason: "x", after: .seconds(40)), of: first) == .retry(after: .seconds(40), reason: "x"))
    #expect(verdict(.retry(reason: "x", after: .seconds(1)), of: first) == .retry(after: .seconds(2), reason: "x"))
    #expect(
      verdict(.retry(reason: "x", after: .seconds(1e9)), of: first) == .retry(after: .seconds(86_400), reason: "x")
    )
  }

  @Test func `a day after its first try a job is dead, and before if it is of no use then`() {
    let late = job(.notice, attempts: 40)
    #expect(verdict(.retry(reason: "x", after: nil), of: late, after: .seconds(86_400)) == .dead(reason: "x"))
    let short = job(.notice, expires: now + .seconds(2))
    #expect(verdict(.retry(reason: "x", after: nil), of: short) == .dead(reason: "x"))
  }

  @Test func `a person is told when one of the devices has it`() {
    let retry = PushOutcome.retry(reason: "x", after: nil)
    #expect(verdict(.failed(reason: "x"), .sent, .unregistered, of: job(.message)) == .done(.sent))
    #expect(verdict(.unregistered, .failed(reason: "x"), of: job(.message)) == .dead(reason: "x"))
    #expect(verdict(.sent, retry, of: job(.message)) == .retry(after: .seconds(2), reason: "x"))
    #expect(verdict(.unregistered, of: job(.message, channel: .push)) == .done(.sent))
    let late = job(.notice, attempts: 40)
    #expect(verdict(.sent, retry, of: late, after: .seconds(86_400)) == .done(.sent))
  }

  @Test func `what was held back was not tried, unless another device was`() {
    let held = PushOutcome.held(.milliseconds(300))
    #expect(verdict(held, of: job(.message)) == .wait(until: now + .milliseconds(300)))
    #expect(verdict(held, .held(.seconds(1)), of: job(.message)) == .wait(until: now + .seconds(1)))
    #expect(verdict(held, .sent, of: job(.message)) == .retry(after: .milliseconds(300), reason: "held back"))
  }

  @Test func `what is sent, or can never be, is over`() {
    #expect(verdict(.sent, of: job(.message)) == .done(.sent))
    #expect(verdict(.unregistered, of: job(.message)) == .done(.unregistered))
    #expect(verdict(.failed(reason: "x"), of: job(.message)) == .dead(reason: "x"))
    #expect(PushOutcome(.timedOut) == .retry(reason: "timed out", after: nil))
    #expect(PushOutcome(.invalid("url")) == .failed(reason: "invalid: url"))
  }
}

@Suite struct JobLookTests {
  private func restOfCold(_ first: Double?) -> Duration {
    JobLook.nextWarmUp(first: first.map { now + .seconds($0) }, at: now) - now
  }

  @Test func `what is for later is moved half a minute ahead, a quarter of a second's worth at once`() {
    #expect(restOfCold(45) == .seconds(15))
    #expect(restOfCold(30.1) == .milliseconds(250))
    #expect(restOfCold(-1) == .milliseconds(250))
    #expect(restOfCold(nil) == .seconds(60) && restOfCold(1e9) == .seconds(60))
  }
}

@Suite struct ProviderGateTests {
  @Test func `a second's worth passes at once, then one at a time`() {
    var gate = ProviderGate(perSecond: 10)
    let start = ContinuousClock.now + .seconds(1)
    for _ in 0..<10 { #expect(gate.take(at: start) == nil) }
    #expect(gate.take(at: start) == .milliseconds(100))
    #expect(gate.take(at: start + .milliseconds(100)) == nil)
    #expect(gate.take(at: start + .milliseconds(100)) != nil)
  }

  @Test func `a closed gate says for how long`() {
    var gate = ProviderGate(perSecond: 10)
    let start = ContinuousClock.now
    gate.close(for: .seconds(5), at: start)
    gate.close(for: .seconds(1), at: start)
    #expect(gate.take(at: start + .seconds(2)) == .seconds(3))
    #expect(gate.take(at: start + .seconds(5)) == nil)
  }
}
