import Glibc
import Synchronization

/// What a daemon takes for now: one value, handed to whoever needs the time, so that a test can move it.
public struct WallClock: Sendable {
  private let read: @Sendable () -> Timestamp
  /// Whether the clock may jump, so that one who sleeps until a moment must look again from time to time.
  public let isMovable: Bool

  public init(isMovable: Bool = false, read: @escaping @Sendable () -> Timestamp) {
    self.read = read
    self.isMovable = isMovable
  }

  public func now() -> Timestamp { read() }

  /// The machine's clock.
  public static let system = WallClock { .systemNow }
}

extension Timestamp {
  static var systemNow: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}

/// A clock that stands still until a test moves it.
public final class ManualClock: Sendable {
  private let current: Atomic<Int64>

  /// Starts at a moment of its own, well inside this century, unless told.
  public init(at start: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) {
    current = Atomic(start.microseconds)
  }

  public var now: Timestamp { Timestamp(microseconds: current.load(ordering: .sequentiallyConsistent)) }

  public func advance(by span: Duration) {
    current.wrappingAdd(span.microseconds, ordering: .sequentiallyConsistent)
  }

  public func set(to moment: Timestamp) {
    current.store(moment.microseconds, ordering: .sequentiallyConsistent)
  }

  /// The same clock, as rules and stores take it.
  public var wall: WallClock { WallClock(isMovable: true) { self.now } }
}
