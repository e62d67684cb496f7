import CLibuv
import Glibc
import Synchronization

/// The one event loop of a process: libuv's default loop, which is also a Swift executor.
///
/// Every actor-isolated piece of a daemon runs here (`@LoopActor`), so a daemon has one thread and no lock. A turn is:
/// wait for input, run callbacks, run the jobs they made, run what asked for the end of the turn, until nothing is left.
/// Writers use the end of the turn to send what the turn gathered in one system call.
///
/// Unchecked, with this invariant: `localJobs`, `endings` and the libuv handles are touched on the loop's thread only;
/// other threads reach the loop through `remoteJobs`, which has a lock, and `uv_async_send`, which libuv allows anywhere.
public final class EventLoop: SerialExecutor, @unchecked Sendable {
  public static let shared = EventLoop()

  let loop: UnsafeMutablePointer<uv_loop_t>
  private let wake = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
  private let before = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
  private let after = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)
  private let busy = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
  private let thread = Atomic<UInt>(0)
  private let started = Atomic(false)
  private let remoteJobs = Mutex<[Job]>([])
  private var localJobs: [Job] = []
  private var running: [Job] = []
  fileprivate let homecoming = Homecoming()
  private var endings: [() -> Void] = []

  private init() {
    loop = uv_default_loop()
    uv_async_init(loop, wake) { _ in EventLoop.shared.takeRemoteJobs() }
    uv_idle_init(loop, busy)
    uv_prepare_init(loop, before)
    uv_check_init(loop, after)
    uv_prepare_start(before) { _ in EventLoop.shared.finishTurn() }
    uv_check_start(after) { _ in EventLoop.shared.finishTurn() }
  }

  /// Whether the caller is on the loop's thread.
  public var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

  /// Turns this thread into the loop's, runs the body on it, and never returns.
  ///
  /// It must come before any loop-isolated work, which would otherwise start a thread of its own.
  public func run(_ body: @escaping @Sendable @LoopActor () async -> Void) -> Never {
    precondition(claim(), "the loop runs already, on a thread of its own")
    thread.store(UInt(pthread_self()), ordering: .relaxed)
    onLoop(body)
    while true { uv_run(loop, UV_RUN_DEFAULT) }
  }

  /// Starts the loop on a thread of its own where nobody has made it theirs: in tests and tools, whose main thread
  /// belongs to somebody else.
  private func startThreadIfNeeded() {
    guard !started.load(ordering: .relaxed), claim() else { return }
    var handle = pthread_t()
    pthread_create(&handle, nil, { _ in EventLoop.shared.runOnOwnThread() }, nil)
  }

  private func runOnOwnThread() -> Never {
    thread.store(UInt(pthread_self()), ordering: .relaxed)
    while true { uv_run(loop, UV_RUN_DEFAULT) }
  }

  private func claim() -> Bool {
    started.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
  }

  /// Runs the closure when this turn's jobs are done, before the loop waits again. On the loop's thread only.
  public func atTurnEnd(_ action: @escaping () -> Void) {
    endings.append(action)
  }

  // MARK: - Executor

  public func enqueue(_ job: consuming ExecutorJob) { enqueue(Job(job: UnownedJob(job), prefersLoop: false)) }

  fileprivate func enqueue(_ job: Job) {
    if isCurrent { return localJobs.append(job) }
    startThreadIfNeeded()
    let first = remoteJobs.withLock { jobs in
      jobs.append(job)
      return jobs.count == 1
    }
    if first { uv_async_send(wake) }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
  public func isIsolatingCurrentContext() -> Bool? { isCurrent }
  public func checkIsolated() { precondition(isCurrent, "this must run on the event loop") }

  private func takeRemoteJobs() {
    let jobs = remoteJobs.withLock { jobs in
      defer { jobs = [] }
      return jobs
    }
    localJobs.append(contentsOf: jobs)
  }

  /// Jobs beget jobs: so many generations run before input is looked at again, without waiting for it.
  private static let generations = 64

  private func finishTurn() {
    for _ in 0..<EventLoop.generations where !localJobs.isEmpty || !endings.isEmpty {
      runLocalJobs()
      runEndings()
    }
    if localJobs.isEmpty && endings.isEmpty {
      uv_idle_stop(busy)
    } else {
      uv_idle_start(busy) { _ in }
    }
  }

  private func runLocalJobs() {
    let (serial, preferred) = (asUnownedSerialExecutor(), homecoming.asUnownedTaskExecutor())
    swap(&localJobs, &running)
    for each in running {
      // As what it came by: then its calls into loop-isolated code go on at once, and do not queue up anew.
      if each.prefersLoop {
        each.job.runSynchronously(isolatedTo: serial, taskExecutor: preferred)
      } else {
        each.job.runSynchronously(on: serial)
      }
    }
    running.removeAll(keepingCapacity: true)
  }

  private func runEndings() {
    guard !endings.isEmpty else { return }
    let actions = endings
    endings.removeAll(keepingCapacity: true)
    for action in actions { action() }
  }
}

private struct Job {
  let job: UnownedJob
  /// It belongs to a task of `onLoop`.
  let prefersLoop: Bool
}

/// The executor that the loop's own tasks prefer: it brings a resumed continuation straight back to the loop.
///
/// Without a preference, the runtime hands each resumption to the global pool, whose thread then hands it to the loop.
private final class Homecoming: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    EventLoop.shared.enqueue(Job(job: UnownedJob(job), prefersLoop: true))
  }
}

/// Isolation to the process's event loop: state marked with it is touched by one thread only.
@globalActor
public actor LoopActor {
  public static let shared = LoopActor()
  public nonisolated var unownedExecutor: UnownedSerialExecutor { EventLoop.shared.asUnownedSerialExecutor() }

  /// Runs a C callback's body as loop-isolated code; traps when the callback came on another thread.
  public static func assumeIsolated<T>(_ body: @LoopActor () throws -> T) rethrows -> T {
    EventLoop.shared.checkIsolated()
    // The same step as the standard library's `MainActor.assumeIsolated`: the check above is what makes it true.
    return try withoutActuallyEscaping(body) { escaping in
      try unsafeBitCast(escaping, to: (() throws -> T).self)()
    }
  }
}

/// Starts a task on the loop; its calls into other loop-isolated code never change threads, and give nobody else a turn.
///
/// Every task of a daemon begins here. One that was made otherwise works too, but comes back through the global pool's
/// threads whenever it has waited.
@discardableResult
public func onLoop<T: Sendable>(_ body: @escaping @Sendable @LoopActor () async -> T) -> Task<T, Never> {
  Task(executorPreference: EventLoop.shared.homecoming) { await body() }
}
