public import Glibc
public import Loop

/// A program that a test started: its output line by line, and its end.
///
/// It dies with the test's process (through setpriv), so that a crash of the tests leaves no daemon behind.
@LoopActor
public final class ChildProcess {
  public enum End: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
  }

  public let pid: pid_t
  /// Lines of standard output and standard error, in the order they came, without their ends.
  public private(set) var lines: [String] = []
  /// Nil while it runs.
  public private(set) var end: End?

  /// Whether it ended by a signal that nobody sent through this object: a crash.
  public var hasCrashed: Bool {
    if case .signalled(let number) = end { !sent.contains(number) } else { false }
  }

  private var sent: Set<Int32> = []
  private let change = Change()
  private let output: Int32
  private var watcher: Watcher?
  private var partial: [UInt8] = []

  /// Starts it with exactly this environment; throws when the program cannot be started at all. Sockets handed over are
  /// told as systemd tells them.
  public init(_ arguments: [String], environment: [String: String], handing sockets: [Int32] = []) throws {
    // A pair of sockets, since a plain pipe would be inherited by whatever another thread starts just now.
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw SpawnFailure(program: "socketpair", code: errno) }
    _ = fcntl(pair[0], F_SETFL, O_NONBLOCK)
    output = pair[0]
    var guarded = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"]
    var environment = environment
    if !sockets.isEmpty {
      environment["LISTEN_FDS"] = "\(sockets.count)"
      guarded += ["/bin/sh", "-c", "LISTEN_PID=$$ exec \"$@\"", "sh"]
    }
    let spawned = Result { [guarded, environment] in
      try spawn(guarded + arguments, environment: environment, output: pair[1], handing: sockets)
    }
    close(pair[1])
    if case .failure = spawned { close(output) }
    pid = try spawned.get()
    watcher = Watcher(descriptor: output) { _ in self.read() }
    watcher?.watch(.readable)
  }

  /// Does nothing once it has ended: its number may belong to another process by then.
  public func signal(_ number: Int32) {
    guard end == nil else { return }
    sent.insert(number)
    kill(pid, number)
  }

  /// Waits for the end.
  public func ended(within limit: Duration = .seconds(20)) async throws -> End {
    try await change.until("end of process \(pid)", within: limit, seen: { self.tail }) { end }
  }

  /// Waits for a line from number `start` on for which the rule holds, said before or after the call; gives its number.
  @discardableResult
  public func line(
    _ awaited: String,
    from start: Int = 0,
    within limit: Duration = .seconds(10),
    where rule: (String) -> Bool
  ) async throws -> Int {
    try await change.until("line \(awaited)", within: limit, seen: { self.tail }) {
      if let found = lines.dropFirst(start).firstIndex(where: rule) { return found }
      guard end == nil else { throw Overdue(awaited: "line \(awaited), the process has ended", seen: tail) }
      return nil
    }
  }

  /// The last lines, for the reader of a failure.
  public var tail: String { lines.suffix(20).joined(separator: "\n") }

  // Once for each time the loop says so: a program that never pauses must not hold the loop.
  private func read() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(output, &buffer, buffer.count)
    if count > 0 {
      take(buffer[..<count])
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      finish()
    }
  }

  private func take(_ bytes: ArraySlice<UInt8>) {
    partial += bytes
    while let newline = partial.firstIndex(of: 0x0A) {
      lines.append(String(decoding: partial[..<newline], as: UTF8.self))
      partial.removeFirst(newline + 1)
    }
    change.announce()
  }

  /// Its output is closed, so it has ended or is about to: the wait for it is short.
  private func finish() {
    watcher?.stop()
    close(output)
    if !partial.isEmpty { take([0x0A]) }
    let pid = pid
    onLoop {
      self.end = await EventLoop.shared.offload { reap(pid) }
      self.watcher = nil
      self.change.announce()
    }
  }
}

private func reap(_ pid: pid_t) -> ChildProcess.End {
  var status: Int32 = 0
  while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  return status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
}
