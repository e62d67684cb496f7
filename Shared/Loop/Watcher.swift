import CLibuv
import Glibc

/// Calls back when a descriptor that a C library owns becomes readable or writable.
///
/// The descriptor must stay open until `stop` has been called.
@LoopActor
public final class Watcher {
  public struct Interest: OptionSet, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public static let readable = Interest(rawValue: Int32(UV_READABLE.rawValue))
    public static let writable = Interest(rawValue: Int32(UV_WRITABLE.rawValue))
  }

  private let handle = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
  private let ready: @LoopActor (Interest) -> Void
  private var interest: Interest = []
  private var stopped = false

  /// Watches nothing until `interest` is set. An error on the descriptor counts as readable and writable, so that the
  /// owner's next call meets it.
  public init(descriptor: Int32, ready: @escaping @LoopActor (Interest) -> Void) {
    self.ready = ready
    uv_poll_init(EventLoop.shared.loop, handle, descriptor)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  public func watch(_ wanted: Interest) {
    guard !stopped, wanted != interest else { return }
    interest = wanted
    guard !wanted.isEmpty else { return _ = uv_poll_stop(handle) }
    uv_poll_start(handle, wanted.rawValue) { handle, status, events in
      let watcher = Unmanaged<Watcher>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
      LoopActor.assumeIsolated {
        // libuv has stopped the handle on an error, so the next wish must start it anew.
        if status < 0 { watcher.interest = [] }
        watcher.ready(status < 0 ? [.readable, .writable] : Interest(rawValue: events))
      }
    }
  }

  /// Ends the watch; after it the descriptor may be closed. Repeating it does nothing.
  public func stop() {
    guard !stopped else { return }
    stopped = true
    uv_poll_stop(handle)
    closeHandle(UnsafeMutableRawPointer(handle))
  }
}

/// Closes a libuv handle that keeps its Swift owner alive through `data`, then frees both.
@LoopActor
func closeHandle(_ raw: UnsafeMutableRawPointer) {
  uv_close(raw.assumingMemoryBound(to: uv_handle_t.self)) { handle in
    if let data = handle!.pointee.data { Unmanaged<AnyObject>.fromOpaque(data).release() }
    free(handle)
  }
}
