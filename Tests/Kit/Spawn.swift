import Glibc

/// The system would not start a program.
public struct SpawnFailure: Error {
  public let program: String
  public let code: Int32
}

/// Starts a program by its whole path: no input, both outputs into one descriptor, and from 3 on what is handed over.
///
/// The thread that calls must outlive the program where the program asked to die with its parent.
func spawn(_ arguments: [String], environment: [String: String], output: Int32, handing descriptors: [Int32] = [])
  throws -> pid_t
{
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_adddup2(&actions, output, 1)
  posix_spawn_file_actions_adddup2(&actions, output, 2)
  for (place, descriptor) in descriptors.enumerated() {
    posix_spawn_file_actions_adddup2(&actions, descriptor, 3 + Int32(place))
  }
  var attributes = clearedSignals()
  defer { posix_spawnattr_destroy(&attributes) }
  var words = arguments.map { strdup($0) } + [nil]
  var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for text in words + variables { free(text) } }
  var pid = pid_t()
  let status = posix_spawn(&pid, arguments[0], &actions, &attributes, &words, &variables)
  guard status == 0 else { throw SpawnFailure(program: arguments[0], code: status) }
  return pid
}

/// The program starts with no signal blocked or ignored: the loop's thread may have been made by one that blocks them all.
private func clearedSignals() -> posix_spawnattr_t {
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  var set = sigset_t()
  sigemptyset(&set)
  posix_spawnattr_setsigmask(&attributes, &set)
  sigfillset(&set)
  posix_spawnattr_setsigdefault(&attributes, &set)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  return attributes
}
