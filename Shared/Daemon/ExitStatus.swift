import Glibc

/// How a daemon leaves, for the supervisor that decides what comes next.
public enum ExitStatus: Int32, Sendable {
  /// Asked to stop, and stopped.
  case clean = 0
  /// Asked twice: what was under way has been cut.
  case cut = 1
  /// The command line, a setting or the database's schema is wrong: starting again cannot help.
  case configuration = 100
  /// The world was not ready (a port taken, a part that failed): start again after a moment.
  case tryAgain = 111

  /// Ends the process at once, without the C library's exit handlers: threads of the pool may still be working with
  /// what those would take apart.
  func leave() -> Never { _exit(rawValue) }
}
