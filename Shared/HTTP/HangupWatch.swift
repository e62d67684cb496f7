import CMicrohttpd
import Glibc
import Loop

/// Notices clients that leave while their request waits: libmicrohttpd does not look at a suspended connection.
///
/// One epoll descriptor of its own holds the waiting sockets. They come in lazily, by the server's tick, so a request that
/// is answered soon costs no system call here.
@LoopActor
final class HangupWatch {
  private let descriptor: Int32
  private var watcher: Watcher?
  private var exchanges: [Int32: Exchange] = [:]

  /// Throws when the process has no descriptor left.
  init() throws {
    descriptor = cmhd_hangups_open()
    guard descriptor >= 0 else { throw SocketError(code: descriptor) }
    watcher = Watcher(descriptor: descriptor) { _ in self.collect() }
    watcher?.watch(.readable)
  }

  func add(_ exchange: Exchange, _ socket: Int32) {
    if cmhd_hangups_add(descriptor, socket) { exchanges[socket] = exchange }
  }

  /// Must be called before the socket is closed.
  func remove(_ socket: Int32) {
    guard exchanges.removeValue(forKey: socket) != nil else { return }
    cmhd_hangups_remove(descriptor, socket)
  }

  private func collect() {
    var sockets = [Int32](repeating: -1, count: 64)
    let count = cmhd_hangups_collect(descriptor, &sockets, 64)
    for socket in sockets.prefix(Int(count)) {
      let exchange = exchanges[socket]
      remove(socket)
      exchange?.peerLeft()
    }
  }

  func stop() {
    watcher?.stop()
    watcher = nil
    exchanges = [:]
    close(descriptor)
  }
}
