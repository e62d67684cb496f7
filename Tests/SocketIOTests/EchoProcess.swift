import Glibc
import Kit
import Loop

/// The echo executable of this build, one for all suites; it dies with the tests.
@LoopActor
enum EchoProcess {
  private static var starting: Task<Int, any Error>?

  /// The port it listens on.
  static func port() async throws -> Int {
    if let starting { return try await starting.value }
    let task = Task { @LoopActor in try await start() }
    starting = task
    return try await task.value
  }

  private static func start() async throws -> Int {
    let child = try ChildProcess([folder + "/carillon-socketio-echo"], environment: ["CARILLON_ECHO_PORT": "0"])
    let prefix = "listening on 127.0.0.1:"
    let line = try await child.line("of the port") { $0.hasPrefix(prefix) }
    return Int(child.lines[line].dropFirst(prefix.count)) ?? 0
  }

  /// Where the build has put the tests' own program, and the executables beside it.
  private static var folder: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }
}
