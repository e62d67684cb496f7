import Glibc
import Loop

/// A program ended with something else than 0.
public struct ProgramFailure: Error {
  public let arguments: [String]
  public let status: Int32
}

/// Runs a program to its end on the thread pool, its output thrown away; throws unless it ends with 0.
@LoopActor
public func runProgram(_ arguments: [String]) async throws {
  let status: Int32 = await EventLoop.shared.offload {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var texts = arguments.map { strdup($0) } + [nil]
    defer { for text in texts { free(text) } }
    var child = pid_t()
    let failure = posix_spawn(&child, arguments[0], &actions, nil, &texts, environ)
    guard failure == 0 else { return failure }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status
  }
  guard status == 0 else { throw ProgramFailure(arguments: arguments, status: status) }
}
