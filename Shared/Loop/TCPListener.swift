import CLibuv
import Glibc

/// A listening TCP socket on the loop.
@LoopActor
public final class TCPListener {
  private let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
  private let accepted: @LoopActor (TCPStream) -> Void
  private var open = true
  /// The port in use, which the system chose if the address asked for port 0.
  public private(set) var port: Int = 0

  /// Binds and listens, or throws what the system said, such as "address already in use".
  public init(on address: SocketAddress, accepted: @escaping @LoopActor (TCPStream) -> Void) throws {
    self.accepted = accepted
    uv_tcp_init(EventLoop.shared.loop, handle)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    var status = address.withSockaddr { uv_tcp_bind(handle, $0, 0) }
    if status == 0 { status = listen() }
    guard status == 0 else {
      close()
      throw SocketError(code: status)
    }
    port = boundPort()
  }

  /// Takes over a socket that listens already, such as one a supervisor keeps through restarts; it is closed with the
  /// listener, and other processes that have it go on.
  public init(inheriting descriptor: Int32, accepted: @escaping @LoopActor (TCPStream) -> Void) throws {
    self.accepted = accepted
    uv_tcp_init(EventLoop.shared.loop, handle)
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    var status = uv_tcp_open(handle, descriptor)
    if status == 0 { status = listen() }
    guard status == 0 else {
      close()
      throw SocketError(code: status)
    }
    port = boundPort()
  }

  private func listen() -> Int32 {
    handle.withMemoryRebound(to: uv_stream_t.self, capacity: 1) { stream in
      uv_listen(stream, 1024) { stream, status in
        let listener = Unmanaged<TCPListener>.fromOpaque(stream!.pointee.data).takeUnretainedValue()
        LoopActor.assumeIsolated {
          if status == 0, let client = TCPStream.accept(from: listener.handle) { listener.accepted(client) }
        }
      }
    }
  }

  private func boundPort() -> Int {
    var storage = sockaddr_storage()
    var length = Int32(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        uv_tcp_getsockname(handle, address, &length) == 0 ? SocketAddress.port(address) : 0
      }
    }
  }

  /// Stops accepting; connections already taken live on.
  public func close() {
    guard open else { return }
    open = false
    closeHandle(UnsafeMutableRawPointer(handle))
  }
}
