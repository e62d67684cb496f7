import CCurl
import Glibc

/// Whether an address belongs to the public internet: not to this machine, its network, or a range kept for other uses
/// (the registries of RFC 6890). A URL that a user gave must not reach what stands behind our own walls.
enum PublicAddress {
  static func contains(ipv4 a: [UInt8]) -> Bool {
    switch (a[0], a[1], a[2]) {
    case (0, _, _), (10, _, _), (127, _, _), (224...255, _, _): false
    case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): false
    case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113): false
    default: true
    }
  }

  /// Of IPv6 only global unicast counts; an IPv4 address carried inside is judged by itself.
  static func contains(ipv6 a: [UInt8]) -> Bool {
    if a.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]) { return contains(ipv4: Array(a[12...])) }
    if a.starts(with: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]) { return contains(ipv4: Array(a[12...])) }
    if a.starts(with: [0x20, 0x02]) { return contains(ipv4: Array(a[2..<6])) }
    // 2001::/23 holds Teredo and other protocol ranges, 2001:db8::/32 is for documentation.
    let isKept = a.starts(with: [0x20, 0x01]) && (a[2] < 2 || (a[2] == 0x0d && a[3] == 0xb8))
    return a[0] & 0xe0 == 0x20 && !isKept
  }

  static func contains(_ address: UnsafePointer<curl_sockaddr>) -> Bool {
    withUnsafeBytes(of: address.pointee.addr) { bytes in
      switch address.pointee.family {
      case AF_INET: contains(ipv4: Array(bytes[4..<8]))
      case AF_INET6: withIPv6Bytes(of: address) { contains(ipv6: $0) }
      default: false
      }
    }
  }

  /// The C struct declares room for IPv4 only; libcurl's own storage is as long as `addrlen` says.
  private static func withIPv6Bytes(of address: UnsafePointer<curl_sockaddr>, _ body: ([UInt8]) -> Bool) -> Bool {
    let start = UnsafeRawPointer(address) + MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
    guard address.pointee.addrlen >= 24 else { return false }
    return body(Array(UnsafeRawBufferPointer(start: start + 8, count: 16)))
  }
}

/// libcurl's way to make a socket, after the name was looked up: so a name cannot show a public address first and lead
/// elsewhere later.
func openPublicSocket(
  _ context: UnsafeMutableRawPointer?,
  _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let address, PublicAddress.contains(address) else { return CURL_SOCKET_BAD }
  return socket(address.pointee.family, address.pointee.socktype, address.pointee.protocol)
}
