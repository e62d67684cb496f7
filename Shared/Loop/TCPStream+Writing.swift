import CLibuv
import Glibc

extension TCPStream {
  /// So much of one turn is handed to the system without waiting for the turn's end.
  private static let gatherLimit = 256 << 10

  /// Queues bytes; they leave at the end of this turn. On a closed stream it does nothing.
  ///
  /// The first bytes of a turn are shared, not copied: what is written to many streams is in memory once.
  public func write(_ bytes: [UInt8]) {
    guard isOpen else { return }
    queuedBytes += bytes.count
    gathered.append(bytes)
    if gathered.count >= TCPStream.gatherLimit { return flush() }
    guard !flushPlanned else { return }
    flushPlanned = true
    EventLoop.shared.atTurnEnd {
      LoopActor.assumeIsolated {
        self.flushPlanned = false
        self.flush()
      }
    }
  }

  /// Gives bytes to the system in this moment, behind what was written before. What it does not take is copied and waits:
  /// `queuedBytes` counts it and `drained` tells when it has left.
  public func writeNow(_ bytes: UnsafeRawBufferPointer) {
    flush()
    guard isOpen, !bytes.isEmpty else { return }
    let sent = queuedBytes == 0 ? tryWrite(bytes) : 0
    guard sent >= 0 else { return finish(SocketError(code: Int32(sent))) }
    queuedBytes += bytes.count - sent
    if sent < bytes.count { sendLater(UnsafeRawBufferPointer(rebasing: bytes[sent...])) }
  }

  /// The socket, for who writes the same to many streams with `offer`; -1 once closed.
  public var descriptor: Int32 {
    var descriptor: Int32 = -1
    guard isOpen else { return descriptor }
    handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { _ = uv_fileno($0, &descriptor) }
    return descriptor
  }

  /// How much of the bytes the system takes from a stream's descriptor at this moment; 0 also where the connection is
  /// broken, which the next `writeNow` finds out. Only for streams whose `queuedBytes` are 0.
  public static func offer(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    max(0, send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)))
  }

  func flush() {
    guard isOpen, !gathered.isEmpty else { return }
    var bytes = gathered.take()
    defer { bytes.giveBack() }
    let sent = sendNow(bytes.all)
    guard sent >= 0 else { return finish(SocketError(code: Int32(sent))) }
    queuedBytes -= sent
    if sent < bytes.count { bytes.all.withUnsafeBytes { sendLater(UnsafeRawBufferPointer(rebasing: $0[sent...])) } }
  }

  /// Bytes taken by the system at once; 0 when older bytes still wait, which keeps the order.
  private func sendNow(_ bytes: [UInt8]) -> Int {
    guard queuedBytes == bytes.count else { return 0 }
    return bytes.withUnsafeBytes { tryWrite($0) }
  }

  private func tryWrite(_ bytes: UnsafeRawBufferPointer) -> Int {
    var buffer = uv_buf_init(
      UnsafeMutablePointer(mutating: bytes.baseAddress!.assumingMemoryBound(to: CChar.self)),
      UInt32(bytes.count)
    )
    let sent = asStream { uv_try_write($0, &buffer, 1) }
    return sent == UV_EAGAIN.rawValue ? 0 : Int(sent)
  }

  private func sendLater(_ bytes: UnsafeRawBufferPointer) {
    let pending = PendingWrite(stream: self, bytes: bytes)
    let request = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
    request.pointee.data = Unmanaged.passRetained(pending).toOpaque()
    var buffer = uv_buf_init(pending.base.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
    let status = asStream { stream in
      uv_write(request, stream, &buffer, 1) { request, status in
        let pending = Unmanaged<PendingWrite>.fromOpaque(request!.pointee.data).takeRetainedValue()
        request?.deallocate()
        LoopActor.assumeIsolated { pending.stream.wrote(pending.count, status: status) }
      }
    }
    guard status != 0 else { return }
    Unmanaged<PendingWrite>.fromOpaque(request.pointee.data).release()
    request.deallocate()
    finish(SocketError(code: status))
  }

  private func wrote(_ count: Int, status: Int32) {
    queuedBytes -= count
    if status < 0 { return finish(SocketError(code: status)) }
    if queuedBytes == 0, isOpen { drained() }
  }

  /// Bounds what the system keeps of bytes that the peer has not taken, which else grows to megabytes; `queuedBytes` then
  /// soon tells of a peer that does not read.
  public func boundSystemQueue(to bytes: Int) {
    var size = Int32(bytes)
    handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { _ = uv_send_buffer_size($0, &size) }
  }
}

/// Bytes the system would not take at once, kept still until it does.
private final class PendingWrite {
  let stream: TCPStream
  let base: UnsafeMutableRawPointer
  let count: Int

  init(stream: TCPStream, bytes: UnsafeRawBufferPointer) {
    self.stream = stream
    count = bytes.count
    base = .allocate(byteCount: bytes.count, alignment: 1)
    base.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
  }

  deinit { base.deallocate() }
}
