import Glibc
import Loop
import Testing

/// The specimen daemon as a process of its own, whose log lines a test can wait for.
@LoopActor
final class SpecimenProcess {
  struct Ended: Error, CustomStringConvertible {
    let description: String
  }

  private(set) var output = ""
  let pid: pid_t
  private var watcher: Watcher?
  private let descriptor: Int32
  private var waiters: [(text: String, continuation: CheckedContinuation<Bool, Never>)] = []
  private var exitStatus: Int32?

  /// Starts it with these settings alone; its output and its log come as one text.
  init(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws {
    var ends: [Int32] = [0, 0]
    // Closed in every other child, so that its end is seen when this one is gone.
    let made = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
    try #require(made == 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    let path = SpecimenProcess.folder + "/carillon-specimen"
    let argv = ([path] + arguments).map { strdup($0) } + [nil]
    let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var child = pid_t()
    let status = posix_spawn(&child, path, &actions, nil, argv, envp)
    close(ends[1])
    try #require(status == 0, "cannot start \(path)")
    pid = child
    descriptor = ends[0]
    let watcher = Watcher(descriptor: descriptor) { [self] _ in read() }
    watcher.watch(.readable)
    self.watcher = watcher
  }

  private static var folder: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  private func read() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    if count > 0 { output += String(decoding: buffer[..<count], as: UTF8.self) }
    let gone = count <= 0
    if gone {
      watcher?.stop()
      watcher = nil
      close(descriptor)
    }
    waiters.removeAll { waiter in
      let seen = output.contains(waiter.text)
      if seen || gone { waiter.continuation.resume(returning: seen) }
      return seen || gone
    }
  }

  /// Returns once the text was written; throws when the process has ended without.
  func wait(for text: String) async throws {
    if output.contains(text) { return }
    let seen = watcher == nil ? false : await withCheckedContinuation { waiters.append((text, $0)) }
    if !seen { throw Ended(description: "ended without '\(text)':\n\(output)") }
  }

  func send(_ signal: Int32) { kill(pid, signal) }

  /// The exit status; a death by signal as 128 and its number. All output is there afterwards.
  func exit() async -> Int32 {
    if watcher != nil { _ = await withCheckedContinuation { waiters.append(("\u{0}", $0)) } }
    if let exitStatus { return exitStatus }
    let pid = pid
    let status = await EventLoop.shared.offload {
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
    exitStatus = status
    return status
  }
}
