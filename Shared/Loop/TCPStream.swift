import CLibuv
import Glibc

/// A TCP connection on the loop: bytes come in by callback, what is written in one turn leaves in one system call.
///
/// Writing never waits: the owner bounds the queue by looking at `queuedBytes`. `closed` is called once, whatever ended
/// the connection, and nothing is called after it.
@LoopActor
public final class TCPStream {
  /// Called with each piece of input; the buffer is valid during the call only.
  public var received: @LoopActor (UnsafeRawBufferPointer) -> Void = { _ in }
  /// Called once when the connection is gone, with the reason where the system gave one.
  public var closed: @LoopActor (SocketError?) -> Void = { _ in }
  /// Called when the last bytes that had to wait have been taken by the system; not when none had to.
  public var drained: @LoopActor () -> Void = {}
  /// Bytes that were written and that the system has not taken yet.
  public internal(set) var queuedBytes = 0
  public private(set) var isOpen = true

  let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
  var gathered = GatheredBytes()
  var flushPlanned = false
  private static let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

  init() {
    uv_tcp_init(EventLoop.shared.loop, handle)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  func begin() {
    uv_tcp_nodelay(handle, 1)
    uv_tcp_keepalive(handle, 1, 60)
    resumeReading()
  }

  /// Leaves what comes in the system's buffer, which slows the sender down when it is full. An end is not noticed either.
  public func pauseReading() {
    if isOpen { _ = asStream { uv_read_stop($0) } }
  }

  /// Takes input again; repeating it does nothing.
  public func resumeReading() {
    guard isOpen else { return }
    _ = asStream { stream in
      uv_read_start(
        stream,
        { _, _, buffer in
          buffer?.pointee = LoopActor.assumeIsolated {
            uv_buf_init(TCPStream.readBuffer.baseAddress?.assumingMemoryBound(to: CChar.self), 65536)
          }
        },
        { stream, count, buffer in
          let owner = Unmanaged<TCPStream>.fromOpaque(stream!.pointee.data).takeUnretainedValue()
          let base = buffer?.pointee.base
          LoopActor.assumeIsolated { owner.took(count: count, base: base) }
        }
      )
    }
  }

  private func took(count: Int, base: UnsafeMutablePointer<CChar>?) {
    if count < 0 {
      finish(count == Int(UV_EOF.rawValue) ? nil : SocketError(code: Int32(count)))
    } else if count > 0, isOpen {
      received(UnsafeRawBufferPointer(start: base, count: count))
    }
  }

  /// Calls back with each piece of input as an array of its own, for owners that keep what comes.
  public func whenReceived(_ take: @escaping @LoopActor ([UInt8]) -> Void) {
    received = { take(Array($0)) }
  }

  /// Closes at once; queued bytes may be lost.
  public func close() { finish(nil) }

  func finish(_ reason: SocketError?) {
    guard isOpen else { return }
    isOpen = false
    closeHandle(UnsafeMutableRawPointer(handle))
    closed(reason)
    received = { _ in }
    closed = { _ in }
    drained = {}
  }

  /// The address of the other side; empty once closed.
  public var peer: String {
    guard isOpen else { return "" }
    var storage = sockaddr_storage()
    var length = Int32(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        uv_tcp_getpeername(handle, address, &length) == 0 ? SocketAddress.hostText(address) : ""
      }
    }
  }

  func asStream<T>(_ body: (UnsafeMutablePointer<uv_stream_t>) -> T) -> T {
    handle.withMemoryRebound(to: uv_stream_t.self, capacity: 1, body)
  }
}
