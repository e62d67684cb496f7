import CLibuv

/// Calls back on the loop for each arrival of one signal.
@LoopActor
public final class SignalWatch {
  private let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
  private let received: @LoopActor () -> Void

  public init(_ signal: Int32, received: @escaping @LoopActor () -> Void) {
    self.received = received
    uv_signal_init(EventLoop.shared.loop, handle)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    let arrived: uv_signal_cb = { handle, _ in
      let watch = Unmanaged<SignalWatch>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
      LoopActor.assumeIsolated { watch.received() }
    }
    uv_signal_start(handle, arrived, signal)
  }
}
