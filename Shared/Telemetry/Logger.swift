public import Time

/// Writes a daemon's events as JSON lines; a copy may carry fields that each of its lines repeats.
///
/// A line below the level costs one comparison: its fields are not even computed.
public struct Logger: Sendable {
  public let service: String
  public let level: LogLevel
  private let clock: WallClock
  private let sink: LogSink
  private var bound: [LogField] = []

  public init(service: String, level: LogLevel = .info, clock: WallClock = .system, sink: LogSink = LogSink()) {
    self.service = service
    self.level = level
    self.clock = clock
    self.sink = sink
  }

  public func log(
    _ level: LogLevel,
    _ event: StaticString,
    _ fields: @autoclosure () -> KeyValuePairs<StaticString, LogValue> = [:]
  ) {
    guard level >= self.level else { return }
    var line = LogLine(at: clock.now(), level, service: service, event: event)
    for field in bound { line.add(field.name, field.value) }
    for (name, value) in fields() { line.add(name, value) }
    sink.append(line.bytes(), urgent: level == .error)
  }

  public func debug(
    _ event: StaticString,
    _ fields: @autoclosure () -> KeyValuePairs<StaticString, LogValue> = [:]
  ) { log(.debug, event, fields()) }

  public func info(
    _ event: StaticString,
    _ fields: @autoclosure () -> KeyValuePairs<StaticString, LogValue> = [:]
  ) { log(.info, event, fields()) }

  public func warning(
    _ event: StaticString,
    _ fields: @autoclosure () -> KeyValuePairs<StaticString, LogValue> = [:]
  ) { log(.warning, event, fields()) }

  public func error(
    _ event: StaticString,
    _ fields: @autoclosure () -> KeyValuePairs<StaticString, LogValue> = [:]
  ) { log(.error, event, fields()) }

  /// A copy whose lines all carry the field, such as a request's trace.
  public func with(_ name: StaticString, _ value: LogValue) -> Logger {
    var copy = self
    copy.bound.append((name, value))
    return copy
  }

  /// Writes what waits, for the moment before the process ends.
  public func flush() { sink.flush() }
}
