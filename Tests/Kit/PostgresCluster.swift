import Glibc
public import Loop

/// A PostgreSQL server for one suite to stop, crash and start, made by the same script and settings as `make run`'s.
///
/// It keeps its disk's safety (fsync), so what survives here survives there.
@LoopActor
public final class PostgresCluster {
  /// How a server goes: `immediate` is a crash, which the next start recovers from.
  public enum Stop: String, Sendable { case fast, immediate }

  /// A libpq URI of database `postgres` as the superuser.
  public let url: String
  private let folder: String
  private static var count = 0

  /// Runs the body with a started server, and takes it away whatever happens.
  public static func with<T>(_ body: @LoopActor (PostgresCluster) async throws -> T) async throws -> T {
    count += 1
    let folder = "\(TestEnvironment.state)/clusters/\(getpid())-\(count)"
    let result: Result<T, any Error>
    do { result = .success(try await body(PostgresCluster(folder: folder))) } catch { result = .failure(error) }
    _ = try? await script("stop", "immediate", in: folder)
    _ = try? await Command(["/bin/rm", "-rf", folder]).run()
    return try result.get()
  }

  private init(folder: String) async throws {
    self.folder = folder
    try await PostgresCluster.script("start", in: folder)
    url = try await PostgresCluster.script("url", "carillon_admin", "postgres", in: folder).joined()
  }

  public func start() async throws { try await PostgresCluster.script("start", in: folder) }
  public func stop(_ how: Stop = .fast) async throws {
    try await PostgresCluster.script("stop", how.rawValue, in: folder)
  }
  public func restart(_ how: Stop = .fast) async throws {
    try await PostgresCluster.script("restart", how.rawValue, in: folder)
  }

  @discardableResult
  private static func script(_ words: String..., in folder: String) async throws -> [String] {
    try await Command([TestEnvironment.script("postgres.sh")] + words, environment: ["CARILLON_STATE": folder]).run()
  }
}
