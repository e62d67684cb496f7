import Glibc
import Loop
import Settings

/// Kills the copies of a stack in turn, as long as it runs: each is started again and ready before the next one dies.
///
/// The first gateway is spared, since tests hold connections to it. A request that writes waits while a copy is being
/// killed, and a copy is killed when none is under way: what became of one that was cut off nobody could tell, so no scenario
/// could go on behind it (`DurabilityTests` and `CopiesTests` count what became of those). Reads are cut off.
@LoopActor
final class Killing {
  /// From one copy's return to the next one's death. Less would be no stack in which a copy dies but one that never stands.
  private static let pace = Duration.seconds(1)
  /// What was answered gets this long to be told to other services; what a copy did not come to tell, its twin does only
  /// when the lease of the dead has ended (`OutboxRelayTests`), which is longer than a scenario waits.
  private static let settling = Duration.milliseconds(50)
  private static var running: [Int: Killing] = [:]

  private let stack: Stack
  private var isStopping = false
  private var writes = 0
  private var isAtIt = false
  private let change = Change()
  private var work: Task<(any Error)?, Never>?

  /// The one of the stack with this public port; nil where nothing is killed.
  static func of(port: Int) -> Killing? { running[port] }

  init(_ stack: Stack, _ services: [ServiceName]) {
    self.stack = stack
    Killing.running[stack.httpPort] = self
    work = onLoop {
      do { try await self.run(services) } catch { return error }
      return nil
    }
  }

  /// Returns when every copy is up again; throws what kept one from coming back.
  func stop() async throws {
    isStopping = true
    Killing.running[stack.httpPort] = nil
    change.announce()
    if let work, let failure = await work.value { throw failure }
  }

  private func run(_ services: [ServiceName]) async throws {
    while !isStopping {
      for twin in [true, false] {
        for service in services where twin || service != .gateway {
          _ = try? await change.until("end of the tests", within: Killing.pace) { isStopping ? () : nil }
          guard !isStopping else { return }
          try await kill(service, twin)
        }
      }
    }
  }

  private func kill(_ service: ServiceName, _ twin: Bool) async throws {
    isAtIt = true
    try await change.until("end of all writes", within: .seconds(30), seen: { "\(self.writes)" }) {
      writes == 0 || isStopping ? () : nil
    }
    try await pause(for: Killing.settling)
    try await worksSettle()
    guard !isStopping, let process = (twin ? stack.twins : stack.daemons)[service]?.process else { return done() }
    process.signal(SIGKILL)
    _ = try await process.ended()
    done()
    if twin { try await stack.startTwin(of: service) } else { try await stack.start(service) }
  }

  /// What a copy held when it died is told once more after its lease, and no scenario waits for that, nor can it count
  /// what rings: so news reach delivery, and pushes that are under way their ends.
  private func worksSettle() async throws {
    guard stack.daemons[.delivery] != nil else { return }
    let counts =
      ["(SELECT count(*) FROM delivery.job WHERE holder IS NOT NULL)"]
      + [ServiceName.auth, .calendar, .chat].filter { stack.daemons[$0] != nil }
      .map { "(SELECT count(*) FROM \($0.rawValue).outbox)" }
    let deadline = ContinuousClock.now + .seconds(2)
    while try await stack.rows("SELECT " + counts.joined(separator: " + ")) != ["0"] {
      guard !isStopping, ContinuousClock.now < deadline else { return }
      try await pause(for: .milliseconds(20))
    }
  }

  private func done() {
    isAtIt = false
    change.announce()
  }

  /// Runs a request that writes while nothing is being killed.
  func write<T>(_ request: @LoopActor () async throws -> T) async throws -> T {
    try await change.until("end of a kill", within: .seconds(30), seen: { "" }) { isAtIt && !isStopping ? nil : () }
    writes += 1
    defer {
      writes -= 1
      change.announce()
    }
    return try await request()
  }
}
