import Loop
import Outgoing
import Postgres
import Time
import Wire

/// All providers that are on, each behind its gate.
@LoopActor
final class Providers {
  private var carriers: [ProviderName: any PushProvider] = [:]
  private var gates: [ProviderName: ProviderGate] = [:]
  private var resting: Set<ProviderName> = []
  /// The longest rest that one answer can order.
  private static let longestRest = Duration.seconds(60)

  nonisolated init() {}

  /// One that is not on is no choice, but keeps what can go by nobody else.
  func add(_ provider: any PushProvider, as name: ProviderName, perSecond: Double, isOn: Bool = true) {
    carriers[name] = provider
    gates[name] = ProviderGate(perSecond: perSecond)
    if !isOn { resting.insert(name) }
  }

  func isOn(_ name: ProviderName) -> Bool { carriers[name] != nil && !resting.contains(name) }

  /// Takes a place at the provider's gate; else says how long there is none.
  func take(_ name: ProviderName) -> Duration? { gates[name]?.take(at: .now) }

  func push(_ push: Push, to target: PushTarget) async -> PushOutcome {
    let name = target.provider
    guard let carrier = carriers[name] else { return .failed(reason: "provider off") }
    let outcome = await carrier.push(push, to: target)
    // Without a time the refusal may mean this one telephone, and others must not wait for it.
    if case .retry(_, let asked?) = outcome { gates[name]?.close(for: min(asked, Providers.longestRest), at: .now) }
    return outcome
  }
}

/// Turns notices into mails, which have a queue of their own.
@LoopActor
final class MailCarrier: PushProvider {
  private let store: DeliveryStore
  private let clock: WallClock
  private let accepted: @LoopActor (UUIDValue) -> Void

  init(_ store: DeliveryStore, clock: WallClock, accepted: @escaping @LoopActor (UUIDValue) -> Void) {
    self.store = store
    self.clock = clock
    self.accepted = accepted
  }

  func push(_ push: Push, to target: PushTarget) async -> PushOutcome {
    guard case .mail(let address) = target, case .notice(let title, let body, _) = push.content else {
      return .failed(reason: "no mail")
    }
    let mail = MailDraft(
      recipient: address,
      subject: title,
      text: body,
      expires: push.lastMoment,
      trace: push.trace,
      calendar: push.calendar
    )
    do {
      if let id = try await store.accept(mail, key: "job:\(push.id)", at: clock.now()) { accepted(id) }
      return .sent
    } catch {
      return error.isRefusal ? .failed(reason: "cannot be stored") : .retry(reason: "database", after: nil)
    }
  }
}
