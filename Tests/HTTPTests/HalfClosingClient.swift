import Glibc
import Loop

/// A client that sends a request and reads nothing.
@LoopActor
final class SilentClient {
  let descriptor: Int32

  init(port: Int, request: String) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw SocketError(code: -errno) }
    let bytes = Array(request.utf8)
    send(descriptor, bytes, bytes.count, 0)
  }

  func close() { _ = Glibc.close(descriptor) }
}

/// A client that shuts its sending side behind its request and reads on, as `nc` does.
@LoopActor
final class HalfClosingClient {
  private let descriptor: Int32

  init(port: Int, request: String) throws {
    descriptor = try SilentClient(port: port, request: request).descriptor
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// All that the server sends until it closes.
  func everything() async -> String {
    let descriptor = descriptor
    let bytes = await EventLoop.shared.offload {
      var all: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { break }
        all += piece.prefix(count)
      }
      close(descriptor)
      return all
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
