import Glibc
import Kit
import Loop

/// A connection that sends its handshake and then reads nothing until it is asked to; the system keeps little for it.
struct DeafSocket: ~Copyable {
  private let descriptor: Int32

  init(_ port: Int, _ handshake: String) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var small: Int32 = 16_384
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Overdue(awaited: "connection", seen: "errno \(errno)") }
    let sent = handshake.utf8CString.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count - 1) }
    guard sent == handshake.utf8.count else { throw Overdue(awaited: "handshake", seen: "errno \(errno)") }
  }

  deinit { close(descriptor) }

  /// Reads to the end, which must be there within ten seconds: the whole lines, and whether the other side has closed.
  @LoopActor
  func drain() async throws -> (lines: [String], isClosed: Bool) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var isClosed = false
    let deadline = ContinuousClock.now + .seconds(10)
    while !isClosed, ContinuousClock.now < deadline {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 || errno == ECONNRESET {
        isClosed = true
      } else {
        // What the other side has sent comes as the window opens, which is its system's matter.
        try await pause(for: .milliseconds(10))
      }
    }
    let whole = bytes.lastIndex(of: 0x0A).map { bytes[..<$0] } ?? []
    let lines = whole.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    return (lines, isClosed)
  }
}
