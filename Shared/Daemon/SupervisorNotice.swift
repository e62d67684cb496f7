import Glibc

/// Tells systemd how the daemon does, by one datagram to the socket it named.
struct SupervisorNotice {
  enum State: String {
    case ready = "READY=1"
    case stopping = "STOPPING=1"
  }

  /// A path, or `@` and a name of the abstract space; nil when nobody asked to be told.
  let socketName: String?

  /// A supervisor that cannot be reached is passed over: it will see the process itself.
  func tell(_ state: State) {
    guard let socketName, var address = unixAddress(socketName) else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + socketName.utf8.count)
    let message = Array(state.rawValue.utf8)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
        _ = sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), target, length)
      }
    }
  }
}

/// Nil for a name that is empty or does not fit. An abstract name's `@` becomes the zero byte the kernel expects.
private func unixAddress(_ name: String) -> sockaddr_un? {
  var address = sockaddr_un()
  var bytes = Array(name.utf8)
  guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
  if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  return address
}
