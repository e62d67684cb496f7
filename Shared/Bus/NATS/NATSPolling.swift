import CNats
import Loop

/// What libnats asks of the loop for one connection: to watch its descriptor for reading and writing.
///
/// libnats calls from the thread that connects, from the loop, and from a thread of its own when it flushes. Unchecked:
/// `descriptor` and `connection` are written before the loop learns of the connection; the rest is touched on the loop only.
final class NATSPolling: @unchecked Sendable {
  fileprivate(set) var descriptor: Int32 = -1
  private var watcher: Watcher?
  private var interest: Watcher.Interest = [.readable, .writable]
  private var connection: OpaquePointer?
  private var lost: @LoopActor () -> Void = {}

  /// Begins the watch. `lost` is called once, after libnats has given the connection up by itself.
  @LoopActor
  func begin(_ connection: OpaquePointer, lost: @escaping @LoopActor () -> Void) {
    self.connection = connection
    self.lost = lost
    // Whatever was asked for before this is asked of the first turn: a write with nothing to write ends itself.
    watcher = Watcher(descriptor: descriptor) { [unowned self] in ready($0) }
    watcher?.watch(interest)
  }

  @LoopActor
  private func ready(_ events: Watcher.Interest) {
    guard let connection else { return }
    if events.contains(.readable) { natsConnection_ProcessReadEvent(connection) }
    if events.contains(.writable), watcher != nil, interest.contains(.writable) {
      natsConnection_ProcessWriteEvent(connection)
    }
  }

  /// Ends the watch, before the descriptor is closed.
  @LoopActor
  func stop() {
    watcher?.stop()
    watcher = nil
  }

  @LoopActor
  fileprivate func change(_ part: Watcher.Interest, add: Bool) {
    if add { interest.insert(part) } else { interest.remove(part) }
    // libnats stops reading only to close the descriptor at once.
    if part == .readable, !add { stop() }
    watcher?.watch(interest)
  }

  @LoopActor
  fileprivate func detached() {
    stop()
    // libnats is still inside a call about this connection.
    onLoop { [self] in
      lost()
      lost = {}
    }
  }

  /// The functions libnats calls; each gets this object as its pointer.
  static let attach: natsEvLoop_Attach = { userData, loop, _, socket in
    polling(loop).descriptor = socket
    userData?.pointee = loop
    return NATS_OK
  }
  static let read: natsEvLoop_ReadAddRemove = { data, add in hop(polling(data), .readable, add) }
  static let write: natsEvLoop_WriteAddRemove = { data, add in hop(polling(data), .writable, add) }
  static let detach: natsEvLoop_Detach = { data in
    let polling = polling(data)
    // Elsewhere it is our own closing, which needs no word of it.
    if EventLoop.shared.isCurrent { LoopActor.assumeIsolated { polling.detached() } }
    return NATS_OK
  }
}

private func polling(_ data: UnsafeMutableRawPointer?) -> NATSPolling {
  Unmanaged<NATSPolling>.fromOpaque(data!).takeUnretainedValue()
}

private func hop(_ polling: NATSPolling, _ part: Watcher.Interest, _ add: Bool) -> natsStatus {
  if EventLoop.shared.isCurrent {
    LoopActor.assumeIsolated { polling.change(part, add: add) }
  } else if add {
    onLoop { polling.change(part, add: true) }
  }
  return NATS_OK
}
