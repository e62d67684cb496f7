import CLibuv
import Glibc

/// A resolved IPv4 or IPv6 address with its port.
public struct SocketAddress: Sendable {
  private let storage: sockaddr_storage

  /// A numeric address, or nil when `host` is a name.
  public init?(host: String, port: Int) {
    var storage = sockaddr_storage()
    let parsed = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { uv_ip4_addr(host, Int32(port), $0) } == 0
        || pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { uv_ip6_addr(host, Int32(port), $0) } == 0
    }
    guard parsed else { return nil }
    self.storage = storage
  }

  private init(_ address: UnsafePointer<sockaddr>, length: Int) {
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: length)) }
    self.storage = storage
  }

  /// Copies a C `sockaddr` that some library hands out; nil for other families than IPv4 and IPv6.
  public init?(sockaddr raw: UnsafeRawPointer) {
    let address = raw.assumingMemoryBound(to: sockaddr.self)
    switch Int32(address.pointee.sa_family) {
    case AF_INET: self.init(address, length: MemoryLayout<sockaddr_in>.size)
    case AF_INET6: self.init(address, length: MemoryLayout<sockaddr_in6>.size)
    default: return nil
    }
  }

  /// The numeric host, such as `127.0.0.1`.
  public var host: String { withSockaddr { SocketAddress.hostText($0) } }

  /// Looks a host name up on the thread pool; takes the first address. Throws when the name is unknown.
  @LoopActor
  public static func resolve(host: String, port: Int) async throws -> SocketAddress {
    if let numeric = SocketAddress(host: host, port: port) { return numeric }
    let found: Result<SocketAddress, SocketError> = await EventLoop.shared.offload {
      var hints = addrinfo()
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      var list: UnsafeMutablePointer<addrinfo>?
      let status = getaddrinfo(host, String(port), &hints, &list)
      guard status == 0, let first = list?.pointee, let address = first.ai_addr else {
        return .failure(SocketError(code: UV_EAI_NONAME.rawValue))
      }
      defer { freeaddrinfo(list) }
      return .success(SocketAddress(address, length: Int(first.ai_addrlen)))
    }
    return try found.get()
  }

  /// Whether the address is of the loopback range, where no key is asked for.
  public var isLoopback: Bool {
    let host = host
    return host.hasPrefix("127.") || host == "::1"
  }

  func withSockaddr<T>(_ body: (UnsafePointer<sockaddr>) -> T) -> T {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
    }
  }

  /// The numeric host of a C address, `""` for other families.
  static func hostText(_ address: UnsafePointer<sockaddr>) -> String {
    var text = [CChar](repeating: 0, count: 64)
    let status: Int32
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      status = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { uv_ip4_name($0, &text, text.count) }
    case AF_INET6:
      status = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { uv_ip6_name($0, &text, text.count) }
    default: status = -1
    }
    return status == 0 ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
  }

  static func port(_ address: UnsafePointer<sockaddr>) -> Int {
    // The port stands at the same place in both families.
    address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { Int(UInt16(bigEndian: $0.pointee.sin_port)) }
  }
}

/// What the system said about a socket, in libuv's numbers.
public struct SocketError: Error, CustomStringConvertible, Sendable {
  public let code: Int32
  public init(code: Int32) { self.code = code }
  public var description: String { String(cString: uv_strerror(code)) }
}
