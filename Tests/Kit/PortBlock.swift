import Glibc
import Loop
import Settings

/// Sixteen neighbouring free ports: a stack's bus and admin ports stand at fixed distances from their bases.
///
/// They lie below the range from which the system gives ports to outgoing connections, so nothing takes one by chance
/// between the look and the daemon's start.
@LoopActor
struct PortBlock {
  let first: Int
  var bus: Int { first }
  var admin: Int { first + 7 }
  var http: Int { first + 14 }
  var chat: Int { first + 15 }

  private static let size = 16
  private static let range = 10_000..<32_000
  // Two runs of the tests begin at different places.
  private static var next = range.lowerBound + Int(getpid()) * 7 % 1000 * size

  static func claim() throws -> PortBlock {
    for _ in 0..<range.count / size {
      let first = next
      next += size
      if next + size > range.upperBound { next = range.lowerBound }
      if (first..<first + size).allSatisfy(isFree) { return PortBlock(first: first) }
    }
    throw SpawnFailure(program: "bind", code: EADDRINUSE)
  }

  private static func isFree(_ port: Int) -> Bool {
    guard let address = SocketAddress(host: "127.0.0.1", port: port) else { return false }
    guard let listener = try? TCPListener(on: address, accepted: { $0.close() }) else { return false }
    listener.close()
    return true
  }
}
