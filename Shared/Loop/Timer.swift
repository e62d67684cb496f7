import CLibuv

/// One timer of the loop, armed again and again by its owner. Resolution: one millisecond, never early.
@LoopActor
public final class Timer {
  private let handle = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
  private let fired: @LoopActor () -> Void
  private var cancelled = false

  public init(fired: @escaping @LoopActor () -> Void) {
    self.fired = fired
    uv_timer_init(EventLoop.shared.loop, handle)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  /// Arms the timer; an earlier arming is replaced. With `every`, it fires again after each such span.
  public func arm(after delay: Duration, every: Duration? = nil) {
    guard !cancelled else { return }
    uv_update_time(EventLoop.shared.loop)
    let start: uv_timer_cb = { handle in
      let timer = Unmanaged<Timer>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
      LoopActor.assumeIsolated { timer.fired() }
    }
    uv_timer_start(handle, start, delay.roundedUpMilliseconds, every?.roundedUpMilliseconds ?? 0)
  }

  public func disarm() {
    if !cancelled { uv_timer_stop(handle) }
  }

  /// Ends the timer for good and lets go of its owner. Must be called, or the timer lives as long as the process.
  public func cancel() {
    guard !cancelled else { return }
    cancelled = true
    uv_timer_stop(handle)
    closeHandle(UnsafeMutableRawPointer(handle))
  }
}

extension Duration {
  /// Whole milliseconds, rounded up, at least 0; a span of ages is cut at some 146 million years.
  public var roundedUpMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(min(seconds, Int64.max / 2000)) * 1000
      + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  /// Seconds with fraction, for metrics and logs.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

/// Waits without holding the loop. A cancelled task is woken at once and gets `CancellationError`.
@LoopActor
public func pause(for delay: Duration) async throws {
  let sleeper = Sleeper()
  try await withTaskCancellationHandler {
    try await sleeper.sleep(for: delay)
  } onCancel: {
    _ = onLoop { sleeper.cancel() }
  }
}

@LoopActor
private final class Sleeper {
  private var waiter: CheckedContinuation<Void, any Error>?
  private var timer: Timer?
  private var cancelled = false

  func sleep(for delay: Duration) async throws {
    defer { timer?.cancel() }
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      guard !cancelled else { return continuation.resume(throwing: CancellationError()) }
      waiter = continuation
      timer = Timer { self.wake(.success(())) }
      timer?.arm(after: delay)
    }
  }

  func cancel() {
    cancelled = true
    wake(.failure(CancellationError()))
  }

  private func wake(_ result: Result<Void, any Error>) {
    waiter?.resume(with: result)
    waiter = nil
  }
}
