import Glibc
import Loop
import Settings
import Telemetry
import Time

/// The whole of an executable: reads the command line and the environment, then runs the daemon until it is told to stop.
public enum DaemonMain {
  /// Never returns; how it ends the process is `ExitStatus`.
  public static func run<S: DaemonService>(_: S.Type) -> Never {
    prepareSignals()
    EventLoop.boundMemory()
    var reader = EnvironmentReader(environment())
    let settings = DaemonSettings(
      &reader,
      service: S.name,
      hasDatabase: !S.migrations.isEmpty,
      folder: currentFolder()
    )
    let configuration = S.configure(&reader)
    let command = DaemonCommand(CommandLine.arguments.dropFirst())
    switch command {
    case .run, .migrate, .probe: break
    case .check: check(reader)
    case .help: tell(helpText(of: S.name, settings: reader.known))
    case .version: tell("\(suiteVersion)\n")
    case .unknown(let argument):
      refuse("carillon-\(S.name.rawValue): unknown argument '\(argument)'; --help tells what there is\n")
    }
    let log = logger(S.name, settings.logLevel)
    guard reader.problems.isEmpty else { refuse(reader.problems, log) }
    if command == .probe { probe(settings.admin) }
    let unknown = reader.unknown()
    EventLoop.shared.run {
      let process = DaemonProcess<S>(settings, unknown: unknown, log)
      if command == .migrate { await process.migrate() }
      await process.run(configuration)
    }
  }

  /// A peer that is gone shows as an error of the write. Whoever started us may have blocked signals, which a child
  /// inherits: a stop must reach us all the same.
  private static func prepareSignals() {
    signal(SIGPIPE, SIG_IGN)
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
  }

  private static func logger(_ service: ServiceName, _ level: LogLevel) -> Logger {
    let sink = LogSink(plan: { sink in
      guard EventLoop.shared.isCurrent else { return sink.flush() }
      EventLoop.shared.atTurnEnd { sink.flush() }
    })
    return Logger(service: service.rawValue, level: level, sink: sink)
  }

  private static func check(_ reader: EnvironmentReader) -> Never {
    for setting in reader.unknown() {
      let hint = setting.resembles.map { "; is \($0) meant?" } ?? ""
      write("\(setting.name) is not a setting of this daemon\(hint)\n", to: STDERR_FILENO)
    }
    guard reader.problems.isEmpty else { refuse(reader.problems.joined(separator: "\n") + "\n") }
    tell("the settings are in order\n")
  }

  private static func probe(_ admin: Endpoint) -> Never {
    EventLoop.shared.run {
      switch await SelfProbe.ask(admin) {
      case .ready: tell("ready\n")
      case .unready(let reason):
        write("not ready: \(reason)\n", to: STDERR_FILENO)
        ExitStatus.tryAgain.leave()
      }
    }
  }

  private static func tell(_ text: String) -> Never {
    write(text, to: STDOUT_FILENO)
    ExitStatus.clean.leave()
  }

  private static func refuse(_ text: String) -> Never {
    write(text, to: STDERR_FILENO)
    ExitStatus.configuration.leave()
  }

  private static func refuse(_ problems: [String], _ log: Logger) -> Never {
    for problem in problems { log.error("settings.problem", ["reason": .reason(problem)]) }
    log.flush()
    ExitStatus.configuration.leave()
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// The process's environment; a name that comes twice counts with its first value, as in `getenv`.
private func environment() -> [String: String] {
  var values: [String: String] = [:]
  var entry = environ
  while let text = entry.pointee {
    let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if pair.count == 2, values[String(pair[0])] == nil { values[String(pair[0])] = String(pair[1]) }
    entry += 1
  }
  return values
}

private func currentFolder() -> String {
  guard let path = getcwd(nil, 0) else { return "/" }
  defer { free(path) }
  return String(cString: path)
}
