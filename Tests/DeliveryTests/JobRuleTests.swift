import Outgoing
import Postgres
import Testing
import Time
import Wire

@testable import DeliveryCore

private let now = Timestamp(seconds: 1_767_225_600)

private func job(
  _ kind: JobKind?,
  _ addresses: Addresses = Addresses(),
  notice: Notice? = nil,
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
    addresses: addresses
  )
}

@Suite struct JobRouteTests {
  private let iPhone = Addresses(os: .ios, token: "t")
  private let android = Addresses(os: .android, token: "t")

  private func route(_ job: ClaimedJob, on: Set<ProviderName> = Set(ProviderName.allCases)) -> JobRoute {
    JobRoute(job, at: now) { on.contains($0) }
  }

  @Test func `a telephone is reached by its maker's service`() {
    #expect(route(job(.message, iPhone)) == .send(.apns))
    #expect(route(job(.message, android)) == .send(.fcm))
    #expect(route(job(.message)) == .settle(.done(.unreachable)))
    #expect(route(job(.message, iPhone), on: [.fcm]) == .settle(.done(.unreachable)))
  }

  @Test func `a message that is blocked or moved is nothing to tell`() {
    #expect(route(job(.message, iPhone, label: nil)) == .settle(.done(.moot)))
    #expect(route(job(.announcement, iPhone, label: nil)) == .send(.apns))
  }

  @Test func `a book is fetched by one of the apps only`() {
    #expect(route(job(.book, android)) == .send(.fcm))
    #expect(route(job(.book, iPhone)) == .settle(.done(.unreachable)))
  }

  @Test func `a job of a kind that this build does not know goes nowhere`() {
    #expect(route(job(nil, iPhone)) == .settle(.done(.unreachable)))
  }

  @Test func `sleepers are let sleep, but not past the notice's use`() {
    let morning = now + .seconds(3600)
    #expect(route(job(.notice, iPhone, quietEnd: morning)) == .settle(.wait(until: morning)))
    #expect(route(job(.notice, iPhone, expires: now, quietEnd: morning)) == .settle(.done(.moot)))
  }
}

@Suite struct JobVerdictTests {
  private func verdict(_ outcome: PushOutcome, _ job: ClaimedJob, after span: Duration = .zero) -> JobVerdict {
    JobVerdict(outcome, of: job, at: now + span, chance: 0)
  }

  @Test func `what the provider asks for is waited for, if it is longer`() {
    let first = job(.notice)
    #expect(verdict(.retry(reason: "x", after: nil), first) == .retry(after: .seconds(2), reason: "x"))
    #expect(verdict(.retry(reason: "x", after: .seconds(40)), first) == .retry(after: .seconds(40), reason: "x"))
    #expect(verdict(.retry(reason: "x", after: .seconds(1)), first) == .retry(after: .seconds(2), reason: "x"))
    #expect(verdict(.retry(reason: "x", after: .seconds(1e9)), first) == .retry(after: .seconds(86_400), reason: "x"))
  }

  @Test func `a day after its first try a job is dead, and before if it is of no use then`() {
    let late = job(.notice, attempts: 40)
    #expect(verdict(.retry(reason: "x", after: nil), late, after: .seconds(86_400)) == .dead(reason: "x"))
    let short = job(.notice, expires: now + .seconds(2))
    #expect(verdict(.retry(reason: "x", after: nil), short) == .dead(reason: "x"))
  }

  @Test func `what is sent, or can never be, is over`() {
    #expect(verdict(.sent, job(.message)) == .done(.sent))
    #expect(verdict(.unregistered, job(.message)) == .done(.unregistered))
    #expect(verdict(.failed(reason: "x"), job(.message)) == .dead(reason: "x"))
    #expect(PushOutcome(.timedOut) == .retry(reason: "timed out", after: nil))
    #expect(PushOutcome(.invalid("url")) == .failed(reason: "invalid: url"))
  }
}

@Suite struct JobLookTests {
  private func rest(_ due: Double?, later: Double? = nil) -> Duration {
    let next = JobLook.next(
      due: due.map { now + .seconds($0) },
      later: later.map { now + .seconds($0) },
      at: now
    )
    return next - now
  }

  @Test func `a worker sleeps until something is due or must be warmed up`() {
    #expect(rest(7) == .seconds(7))
    #expect(rest(nil, later: 45) == .seconds(15))
    #expect(rest(7, later: 45) == .seconds(7))
    #expect(rest(nil) == .seconds(60))
    #expect(rest(1e9, later: 1e9) == .seconds(60))
  }

  @Test func `it does not spin over what others hold`() {
    #expect(rest(-1) == .milliseconds(20))
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
