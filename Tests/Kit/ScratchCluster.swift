import Glibc
public import Loop

/// A PostgreSQL server for one test to stop and start, reachable by a Unix socket in its own folder.
@LoopActor
public final class ScratchCluster {
  /// The folder of the newest server's programs; nil when there is none.
  public nonisolated static let programs: String? = {
    for version in (13...30).reversed() {
      let folder = "/usr/lib/postgresql/\(version)/bin"
      if access(folder + "/initdb", X_OK) == 0 { return folder }
    }
    return nil
  }()

  public var url: String { "host=\(folder) user=postgres dbname=postgres" }
  private let scratch: ScratchFolder
  private var folder: String { scratch.path }

  public static func with<T>(_ body: @LoopActor (ScratchCluster) async throws -> T) async throws -> T {
    let cluster = try await ScratchCluster()
    let result: Result<T, any Error>
    do { result = .success(try await body(cluster)) } catch { result = .failure(error) }
    try? await cluster.control("stop", "-m", "immediate")
    cluster.scratch.remove()
    return try result.get()
  }

  private init() async throws {
    scratch = try ScratchFolder("cluster")
    if getuid() == 0 { try await runProgram(["/bin/chown", "postgres", folder]) }
    try await asOwner(["initdb", "-D", folder + "/data", "-A", "trust", "-U", "postgres", "--no-sync"])
    try await start()
  }

  public func start() async throws {
    try await control("start", "-o", "-k \(folder) -c listen_addresses='' -c fsync=off")
  }

  /// Ends the server the way a crash would; connections break, nothing is flushed.
  public func crash() async throws { try await control("stop", "-m", "immediate") }

  private func control(_ verb: String, _ more: String...) async throws {
    try await asOwner(["pg_ctl", "-D", folder + "/data", "-l", folder + "/log", "-w", verb] + more)
  }

  /// PostgreSQL refuses to run as root.
  private func asOwner(_ command: [String]) async throws {
    let program = [(ScratchCluster.programs ?? "") + "/" + command[0]] + command.dropFirst()
    try await runProgram(getuid() == 0 ? ["/sbin/runuser", "-u", "postgres", "--"] + program : program)
  }
}
