import CLibuv

extension TCPStream {
  /// Sends what is queued, then closes. The peer reads everything that was written before, unless what it still sends
  /// meets the closed socket first; `endWrites` avoids that.
  public func closeAfterWrites() { shutDown { $0.close() } }

  /// Sends what is queued, then tells the peer that nothing follows. Input is still taken: the peer's own end closes the
  /// stream, and who will not wait for it calls `close`.
  public func endWrites() { shutDown { _ in } }

  private func shutDown(then ended: @escaping @LoopActor (TCPStream) -> Void) {
    guard isOpen else { return }
    flush()
    guard isOpen else { return }
    let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
    request.pointee.data = Unmanaged.passRetained(PendingEnd(stream: self, reached: ended)).toOpaque()
    let status = asStream { stream in
      uv_shutdown(request, stream) { request, _ in
        let end = Unmanaged<PendingEnd>.fromOpaque(request!.pointee.data).takeRetainedValue()
        request?.deallocate()
        LoopActor.assumeIsolated { end.reached(end.stream) }
      }
    }
    guard status != 0 else { return }
    Unmanaged<PendingEnd>.fromOpaque(request.pointee.data).release()
    request.deallocate()
    close()
  }
}

/// What is done when the last byte before the end of the writes has left.
private final class PendingEnd {
  let stream: TCPStream
  let reached: @LoopActor (TCPStream) -> Void

  init(stream: TCPStream, reached: @escaping @LoopActor (TCPStream) -> Void) {
    self.stream = stream
    self.reached = reached
  }
}
