import CMicrohttpd
public import Loop

/// A response body that its producer fills piece by piece, such as server-sent events.
///
/// Nothing bounds it but its producer, which looks at `queuedBytes` and stops, or drops the client, when that grows.
@LoopActor
public final class BodyStream {
  /// Bytes appended that have not been handed to the connection yet.
  public var queuedBytes: Int { queue.count - taken }
  /// False once the body was finished or the client has gone.
  public private(set) var isOpen = true
  /// Called once when the client goes before the body was finished, about a quarter of a second after it went at worst.
  public var closed: @LoopActor () -> Void = {}

  private var queue: [UInt8] = []
  private var taken = 0
  private var isLost = false
  var wake: @LoopActor () -> Void = {}

  public nonisolated init() {}

  /// Queues bytes and sends them in this turn of the loop; after the end it does nothing.
  public func append(_ bytes: [UInt8]) {
    guard isOpen, !bytes.isEmpty else { return }
    queue.append(contentsOf: bytes)
    wake()
  }

  /// Ends the body after what is queued.
  public func finish() {
    guard isOpen else { return }
    isOpen = false
    wake()
  }

  /// Moves queued bytes into the connection's buffer: how many, 0 for "later", or an end mark.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if isLost { return Int(CMHD_ABORT) }
    let count = min(buffer.count, queuedBytes)
    guard count > 0 else { return isOpen ? 0 : Int(CMHD_END) }
    queue.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[taken..<(taken + count)])) }
    taken += count
    if queuedBytes == 0 {
      queue.removeAll(keepingCapacity: queue.capacity <= 16_384)
      taken = 0
    }
    return count
  }

  /// The connection is gone, or will be.
  func lose() {
    guard !isLost else { return }
    isLost = true
    queue = []
    taken = 0
    wake = {}
    let wasOpen = isOpen
    isOpen = false
    if wasOpen { closed() }
    closed = {}
  }
}
