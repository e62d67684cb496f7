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
  public private(set) var queuedBytes = 0
  public private(set) var isOpen = true

  let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
  private var gathered: [UInt8] = []
  /// Whether `gathered` is the buffer that the streams pass on to each other, rather than one writer's own array.
  private var isGathering = false
  private static var spare: [UInt8] = []
  private var flushPlanned = false
  private static let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

  init() {
    uv_tcp_init(EventLoop.shared.loop, handle)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  /// Connects, or throws what the system said. A cancelled or late connect is closed by whoever stopped waiting.
  public static func connect(to address: SocketAddress) async throws -> TCPStream {
    let stream = TCPStream()
    let status: Int32 = await withCheckedContinuation { continuation in
      let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
      let waiter = Box(continuation)
      request.pointee.data = Unmanaged.passRetained(waiter).toOpaque()
      let begun = address.withSockaddr { target in
        uv_tcp_connect(request, stream.handle, target) { request, status in
          Unmanaged<Box<CheckedContinuation<Int32, Never>>>.fromOpaque(request!.pointee.data).takeRetainedValue()
            .value.resume(returning: status)
          request?.deallocate()
        }
      }
      if begun != 0 {
        Unmanaged<Box<CheckedContinuation<Int32, Never>>>.fromOpaque(request.pointee.data).release()
        request.deallocate()
        continuation.resume(returning: begun)
      }
    }
    guard status == 0 else {
      stream.close()
      throw SocketError(code: status)
    }
    stream.begin()
    return stream
  }

  /// Takes a connection from a listener.
  static func accept(from listener: UnsafeMutablePointer<uv_tcp_t>) -> TCPStream? {
    let stream = TCPStream()
    let status = stream.asStream { client in
      listener.withMemoryRebound(to: uv_stream_t.self, capacity: 1) { uv_accept($0, client) }
    }
    guard status == 0 else {
      stream.close()
      return nil
    }
    stream.begin()
    return stream
  }

  /// Makes a stream of a connected socket that something else opened, such as one that left HTTP. Whatever happens, the
  /// descriptor belongs to the stream from then on; throws when the system does not take it.
  public static func adopt(descriptor: Int32) throws -> TCPStream {
    let stream = TCPStream()
    let status = uv_tcp_open(stream.handle, descriptor)
    guard status == 0 else {
      Glibc.close(descriptor)
      stream.close()
      throw SocketError(code: status)
    }
    stream.begin()
    return stream
  }

  private func begin() {
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

  /// So much of one turn is handed to the system without waiting for the turn's end.
  private static let gatherLimit = 256 << 10

  /// Queues bytes; they leave at the end of this turn. On a closed stream it does nothing.
  ///
  /// The first bytes of a turn are shared, not copied: what is written to many streams is in memory once.
  public func write(_ bytes: [UInt8]) {
    guard isOpen else { return }
    queuedBytes += bytes.count
    if gathered.isEmpty {
      gathered = bytes
    } else {
      if !isGathering { beginGathering() }
      gathered.append(contentsOf: bytes)
    }
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

  private func flush() {
    guard isOpen, !gathered.isEmpty else { return }
    var bytes: [UInt8] = []
    swap(&bytes, &gathered)
    defer { giveBack(&bytes) }
    let sent = sendNow(bytes)
    guard sent >= 0 else { return finish(SocketError(code: Int32(sent))) }
    queuedBytes -= sent
    if sent < bytes.count { bytes.withUnsafeBytes { sendLater(UnsafeRawBufferPointer(rebasing: $0[sent...])) } }
  }

  /// Makes room behind the array that the first write of this turn shared with its owner.
  private func beginGathering() {
    isGathering = true
    var buffer: [UInt8] = []
    swap(&buffer, &TCPStream.spare)
    buffer.append(contentsOf: gathered)
    gathered = buffer
  }

  private func giveBack(_ buffer: inout [UInt8]) {
    guard isGathering else { return }
    isGathering = false
    guard buffer.capacity <= 65536 else { return }
    buffer.removeAll(keepingCapacity: true)
    swap(&buffer, &TCPStream.spare)
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

  /// Closes at once; queued bytes may be lost.
  public func close() { finish(nil) }

  private func finish(_ reason: SocketError?) {
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

  private func asStream<T>(_ body: (UnsafeMutablePointer<uv_stream_t>) -> T) -> T {
    handle.withMemoryRebound(to: uv_stream_t.self, capacity: 1, body)
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

/// What is done when the last byte before the end of the writes has left.
private final class PendingEnd {
  let stream: TCPStream
  let reached: @LoopActor (TCPStream) -> Void

  init(stream: TCPStream, reached: @escaping @LoopActor (TCPStream) -> Void) {
    self.stream = stream
    self.reached = reached
  }
}

final class Box<Value> {
  let value: Value
  init(_ value: Value) { self.value = value }
}
