/// What a command line asks of a daemon.
enum DaemonCommand: Equatable {
  case run
  /// Reads the settings, tells every problem and leaves.
  case check
  /// Brings the schema up to date and leaves.
  case migrate
  /// Asks the daemon that runs with the same settings whether it is ready, and leaves.
  case probe
  case help
  case version
  /// Nothing a daemon knows; carries the first argument at fault.
  case unknown(String)

  /// Takes the arguments after the program's name. Settings never stand there.
  init(_ arguments: some Collection<String>) {
    guard let first = arguments.first else {
      self = .run
      return
    }
    if arguments.count > 1 {
      self = .unknown(arguments.dropFirst().first ?? "")
      return
    }
    switch first {
    case "--check": self = .check
    case "--migrate": self = .migrate
    case "--probe": self = .probe
    case "--help", "-h": self = .help
    case "--version": self = .version
    default: self = .unknown(first)
    }
  }
}
