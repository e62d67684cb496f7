import CLibuv

extension EventLoop {
  /// Runs work that would hold the loop (a password hash, a file) on libuv's thread pool and comes back with its result.
  ///
  /// The pool has `UV_THREADPOOL_SIZE` threads, four unless set, and an unbounded queue: callers bound what they send.
  @LoopActor
  public func offload<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
      let errand = Errand(done: { continuation.resume(returning: $0) }, work: work)
      let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)
      request.pointee.data = Unmanaged.passRetained(errand as AnyErrand).toOpaque()
      uv_queue_work(loop, request, performErrand, reportErrand)
    }
  }
}

// Functions of their own, since a closure written inside loop-isolated code traps on the pool's thread.
private func performErrand(_ request: UnsafeMutablePointer<uv_work_t>?) {
  Unmanaged<AnyErrand>.fromOpaque(request!.pointee.data).takeUnretainedValue().perform()
}

private func reportErrand(_ request: UnsafeMutablePointer<uv_work_t>?, _ status: Int32) {
  Unmanaged<AnyErrand>.fromOpaque(request!.pointee.data).takeRetainedValue().report()
  request?.deallocate()
}

private class AnyErrand {
  func perform() {}
  func report() {}
}

/// A piece of work on its way through the pool: `perform` on a pool thread, then `report` on the loop, never both at once.
private final class Errand<T>: AnyErrand {
  private let work: () -> T
  private let done: (T) -> Void
  private var result: T?

  init(done: @escaping (T) -> Void, work: @escaping () -> T) {
    self.work = work
    self.done = done
  }

  override func perform() { result = work() }
  override func report() { if let result { done(result) } }
}
