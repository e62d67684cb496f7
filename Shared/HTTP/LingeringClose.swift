import Glibc
import Loop

/// Keeps a refused connection half open until its client has stopped sending.
///
/// A socket closed with unread input resets the connection, and the reset may overtake the refusal. So a copy of the
/// descriptor outlives libmicrohttpd's, reads and forgets, for two seconds at most.
@LoopActor
final class LingeringClose {
  /// Beyond this many, refused clients take their chance with a reset.
  private static let limit = 256
  private static var count = 0
  private let descriptor: Int32
  private var watcher: Watcher?
  private var timer: Timer?

  /// Takes a copy of a descriptor whose sending side is already shut.
  static func start(_ descriptor: Int32) {
    guard count < limit else { return }
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return }
    count += 1
    LingeringClose(copy).begin()
  }

  private init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  private func begin() {
    watcher = Watcher(descriptor: descriptor) { _ in self.drop() }
    watcher?.watch(.readable)
    timer = Timer { self.finish() }
    timer?.arm(after: .seconds(2))
  }

  private func drop() {
    let ended = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }
    if ended { finish() }
  }

  private func finish() {
    guard let watcher else { return }
    self.watcher = nil
    watcher.stop()
    timer?.cancel()
    close(descriptor)
    LingeringClose.count -= 1
  }
}
