import Glibc
import Synchronization

/// Where log lines go: they gather in memory and leave in one write when the turn ends, when 16 KiB wait, or at once
/// after an error.
///
/// A write that fails drops its lines: a daemon whose log reader is gone goes on serving.
public final class LogSink: Sendable {
  private struct Waiting {
    var bytes: [UInt8] = []
    var flushPlanned = false
  }

  private let waiting = Mutex(Waiting())
  private let plan: @Sendable (LogSink) -> Void
  private let write: @Sendable ([UInt8]) -> Void

  /// `plan` is called with the first line that waits and sees to it that `flush` is called soon; the default flushes each
  /// line at once, which suits tools and tests.
  public init(
    write: @escaping @Sendable ([UInt8]) -> Void = LogSink.writeToStandardError,
    plan: @escaping @Sendable (LogSink) -> Void = { $0.flush() }
  ) {
    self.write = write
    self.plan = plan
  }

  func append(_ line: [UInt8], urgent: Bool) {
    let (full, first) = waiting.withLock { waiting in
      waiting.bytes.append(contentsOf: line)
      defer { waiting.flushPlanned = true }
      return (waiting.bytes.count >= 16384, !waiting.flushPlanned)
    }
    if full || urgent {
      flush()
    } else if first {
      plan(self)
    }
  }

  /// Writes what waits; needed once more before the process ends.
  public func flush() {
    let bytes = waiting.withLock { waiting in
      defer { waiting = Waiting() }
      return waiting.bytes
    }
    if !bytes.isEmpty { write(bytes) }
  }

  public static let writeToStandardError: @Sendable ([UInt8]) -> Void = { bytes in
    bytes.withUnsafeBytes { raw in
      var rest = raw[...]
      while !rest.isEmpty {
        let written = Glibc.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
      }
    }
  }
}
