import Glibc
import Synchronization

extension WallClock {
  /// The machine's clock, shifted by the seconds that a file holds; for tests of whole daemons only.
  ///
  /// The file is looked at no more often than every 50 ms and read again when it was written. A missing file or one that
  /// holds no number shifts nothing.
  public static func shifted(byFile path: String) -> WallClock {
    let file = ClockFile(path: path)
    return WallClock(isMovable: true) { .systemNow + file.offset() }
  }
}

private final class ClockFile: Sendable {
  private struct Reading {
    var offset = Duration.zero
    var modified = timespec()
    var next: ContinuousClock.Instant?
  }

  private let path: String
  private let reading = Mutex(Reading())

  init(path: String) { self.path = path }

  func offset() -> Duration {
    let now = ContinuousClock.now
    return reading.withLock { reading in
      if let next = reading.next, now < next { return reading.offset }
      reading.next = now + .milliseconds(50)
      refresh(&reading)
      return reading.offset
    }
  }

  private func refresh(_ reading: inout Reading) {
    var status = stat()
    guard stat(path, &status) == 0 else { return reading.offset = .zero }
    let modified = status.st_mtim
    guard modified.tv_sec != reading.modified.tv_sec || modified.tv_nsec != reading.modified.tv_nsec else { return }
    // It may be there and not be opened, by a process that has no descriptor free.
    guard let file = fopen(path, "r") else { return }
    defer { fclose(file) }
    reading.modified = modified
    reading.offset = ClockFile.read(file) ?? .zero
  }

  private static func read(_ file: UnsafeMutablePointer<FILE>) -> Duration? {
    var buffer = [CChar](repeating: 0, count: 64)
    guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let seconds = Double(text.prefix { !$0.isWhitespace }), seconds.magnitude < 1e10 else { return nil }
    return .seconds(seconds)
  }
}
