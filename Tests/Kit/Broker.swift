import Glibc
public import Loop
public import Testing

/// How the daemons of a test meet.
public enum Transport: String, CaseIterable, Sendable {
  case tcp, nats
}

/// A NATS server of a test's own, on a free port that it keeps through restarts.
@LoopActor
public final class Broker {
  public nonisolated static let program = "/usr/sbin/nats-server"

  public let port: Int
  private let arguments: [String]
  public private(set) var process: ChildProcess

  /// Started and ready; `arguments` are the server's own, such as `--user`.
  public static func start(_ arguments: [String] = []) async throws -> Broker {
    let broker = try Broker(arguments)
    try await broker.ready()
    return broker
  }

  private init(_ more: [String]) throws {
    port = try PortBlock.claim().first
    arguments = [Broker.program, "--addr", "127.0.0.1", "--port", "\(port)"] + more
    process = try ChildProcess(arguments, environment: TestEnvironment.bare)
  }

  public var url: String { "nats://127.0.0.1:\(port)" }

  /// Starts it again after `kill`.
  public func start() async throws {
    process = try ChildProcess(arguments, environment: TestEnvironment.bare)
    try await ready()
  }

  /// Ends it at once, without a word to whoever is connected.
  public func kill() async throws {
    process.signal(SIGKILL)
    _ = try await process.ended()
  }

  public func stop() async { try? await kill() }

  private func ready() async throws { try await process.line("ready") { $0.contains("Server is ready") } }
}

extension Trait where Self == ConditionTrait {
  /// Skips, with its reason, where nats-server is not installed; a full run does not skip but fails.
  public static var needsNATS: Self {
    .enabled(if: TestEnvironment.mayNotSkip || access(Broker.program, X_OK) == 0, "nats-server is not installed")
  }
}
