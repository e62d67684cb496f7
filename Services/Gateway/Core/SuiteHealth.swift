import Bus
import Loop
import Settings
import Wire

/// Which daemons can do their work, for monitors that only reach the public port (stats.md 2.4).
///
/// However many ask, each daemon is asked once a second.
@LoopActor
final class SuiteHealth {
  typealias Ask = @Sendable @LoopActor (ServiceName) async -> Bool

  private static let freshness = Duration.seconds(1)

  private struct Finding {
    let isWell: Task<Bool, Never>
    let until: ContinuousClock.Instant
  }

  private let now: @LoopActor () -> ContinuousClock.Instant
  private let ask: Ask
  private var findings: [ServiceName: Finding] = [:]

  /// The age of what is known goes by `now`.
  init(now: @escaping @LoopActor () -> ContinuousClock.Instant = { .now }, ask: @escaping Ask) {
    self.now = now
    self.ask = ask
  }

  /// Asks over the bus; a daemon that is not there, or gives no answer within a second, is not well.
  convenience init(_ client: @escaping @Sendable @LoopActor (ServiceName) -> BusClient) {
    self.init { service in
      do throws(Failure) {
        _ = try await client(service).call(CheckReady(), CallContext(timeout: 1000, isRepeatable: true))
        return true
      } catch {
        return error.word == .unknownCall
      }
    }
  }

  /// Those of the services that cannot work, in their order; all are asked at the same time.
  func away(among services: [ServiceName]) async -> [ServiceName] {
    let asked = services.map { ($0, isWell($0)) }
    var away: [ServiceName] = []
    for (service, isWell) in asked where await !isWell.value { away.append(service) }
    return away
  }

  private func isWell(_ service: ServiceName) -> Task<Bool, Never> {
    if let known = findings[service], known.until > now() { return known.isWell }
    let task = onLoop { [ask] in await ask(service) }
    findings[service] = Finding(isWell: task, until: now() + SuiteHealth.freshness)
    return task
  }
}
