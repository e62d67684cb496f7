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
  /// How long a provider rests that said it was asked too much without saying for how long.
  private static let pause = Duration.seconds(1)

  nonisolated init() {}

  func add(_ provider: any PushProvider, as name: ProviderName, perSecond: Double) {
    carriers[name] = provider
    gates[name] = ProviderGate(perSecond: perSecond)
  }

  func isOn(_ name: ProviderName) -> Bool { carriers[name] != nil }

  /// Takes a place at the provider's gate; else says how long there is none.
  func take(_ name: ProviderName) -> Duration? { gates[name]?.take(at: .now) }

  func push(_ push: Push, by name: ProviderName) async -> PushOutcome {
    guard let carrier = carriers[name] else { return .failed(reason: "provider off") }
    let outcome = await carrier.push(push)
    if case .retry(let reason, let asked) = outcome, asked != nil || reason == "status 429" {
      gates[name]?.close(for: min(asked ?? Providers.pause, .seconds(60)), at: .now)
    }
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

  func push(_ push: Push) async -> PushOutcome {
    guard let address = push.addresses.email, case .notice(let title, let body, _) = push.content else {
      return .failed(reason: "no mail")
    }
    let mail = Delivery.SendMail(to: address, subject: title, text: body)
    do {
      if let id = try await store.accept(mail, key: "job:\(push.id)", at: clock.now(), deadline: nil) { accepted(id) }
      return .sent
    } catch {
      return .retry(reason: "database", after: nil)
    }
  }
}
