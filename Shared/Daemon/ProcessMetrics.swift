import Glibc
import Loop
import Telemetry
import Time

/// What Prometheus's clients report of every process, read from the kernel when somebody looks, and the loop's lag; looks
/// for jumps of the clock beside it.
@LoopActor
final class ProcessMetrics {
  private static let period = Duration.milliseconds(500)

  private let lag: Histogram
  private var last = ContinuousClock.now
  private let clock: WallClock
  private var watch = ClockWatch()
  private let jumped: @LoopActor (Duration) -> Void
  private lazy var timer = Timer { [unowned self] in measure() }

  init(_ metrics: MetricsRegistry, _ clock: WallClock, jumped: @escaping @LoopActor (Duration) -> Void) {
    self.clock = clock
    self.jumped = jumped
    let startedAt = WallClock.system.now().seconds
    lag = metrics.histogram(
      "carillon_loop_lag_seconds",
      "How late a timer fires: what one long step of the loop costs all others.",
      bounds: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
    )
    metrics.gauge("process_resident_memory_bytes", "Resident memory.") { Double(residentBytes()) }
    metrics.counter("process_cpu_seconds_total", "CPU time, user and system.") { cpuSeconds() }
    metrics.gauge("process_open_fds", "Open descriptors.") { Double(openDescriptors()) }
    metrics.gauge("process_max_fds", "Limit of open descriptors.") { Double(descriptorLimit()) }
    metrics.gauge("process_start_time_seconds", "Start, in seconds since 1970.") { startedAt }
  }

  func start() {
    last = .now
    _ = watch.jump(wall: clock.now(), steady: last)
    timer.arm(after: ProcessMetrics.period, every: ProcessMetrics.period)
  }

  private func measure() {
    let now = ContinuousClock.now
    lag.observe(max(.zero, now - last - ProcessMetrics.period))
    last = now
    if let span = watch.jump(wall: clock.now(), steady: now) { jumped(span) }
  }
}

private func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
  let words = line.prefix { $0 != 0 }.split(separator: 0x20)
  guard words.count > 1 else { return 0 }
  let pages = Int(String(decoding: words[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)) ?? 0
  return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}

private func cpuSeconds() -> Double {
  var usage = rusage()
  getrusage(RUSAGE_SELF.rawValue, &usage)
  let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
  return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}

private func openDescriptors() -> Int {
  guard let folder = opendir("/proc/self/fd") else { return 0 }
  defer { closedir(folder) }
  var count = 0
  while readdir(folder) != nil { count += 1 }
  // Not ".", "..", nor the descriptor this reading uses.
  return max(0, count - 3)
}

private func descriptorLimit() -> Int {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  return Int(clamping: limit.rlim_cur)
}
