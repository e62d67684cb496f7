import CLibuv
import Glibc

extension TCPStream {
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
}

final class Box<Value> {
  let value: Value
  init(_ value: Value) { self.value = value }
}
