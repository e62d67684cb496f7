import JSON
public import Time

/// How loud a log line is; a daemon's level leaves out the ones below it.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
  case debug, info, warning, error

  private var rank: Int {
    switch self {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }

  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// What a log line may hold. There is no case for free text from users, so names, addresses and messages cannot slip in.
public enum LogValue: Sendable {
  case int(Int)
  case number(Double)
  case flag(Bool)
  /// Written as seconds with their fraction.
  case span(Duration)
  case moment(Timestamp)
  /// A word of the program's own.
  case word(StaticString)
  /// An identifier, a host, a setting's name. Anything but up to 128 letters, digits and `-_.:/,` is written as `***`.
  case id(String)
  /// What the system, a library or a peer's protocol said, cut at 300 characters. Never text of a user's.
  case reason(String)
}

public typealias LogField = (name: StaticString, value: LogValue)

/// One event as a JSON object on one line.
public struct LogLine: Sendable {
  private var writer = JSONWriter(reserving: 256)

  public init(at moment: Timestamp, _ level: LogLevel, service: String, event: StaticString) {
    writer.beginObject()
    writer.name("ts")
    writer.string(plain: moment.iso8601Bytes(fractionDigits: 6))
    writer.name("level")
    writer.string(level.rawValue)
    writer.name("service")
    writer.string(service)
    writer.name("event")
    writer.word(event)
  }

  public mutating func add(_ name: StaticString, _ value: LogValue) {
    writer.name(name)
    switch value {
    case .int(let value): writer.int(value)
    case .number(let value): writer.double(value)
    case .flag(let value): writer.bool(value)
    case .span(let value): writer.seconds(ofMicroseconds: value.microseconds)
    case .moment(let value): writer.string(plain: value.iso8601Bytes(fractionDigits: 6))
    case .word(let value): writer.word(value)
    case .id(let value): writer.string(value.isIdentifier ? value : "***")
    case .reason(let value): writer.string(value.utf8.count <= 300 ? value : String(value.prefix(300)))
    }
  }

  /// The whole line with its newline.
  public consuming func bytes() -> [UInt8] {
    writer.endObject()
    return writer.line()
  }
}

extension String {
  fileprivate var isIdentifier: Bool {
    var text = self
    return text.withUTF8 { utf8 in
      utf8.count <= 128
        && utf8.allSatisfy { byte in
          switch byte {
          case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
          // - _ . : / ,
          case 0x2D, 0x5F, 0x2E, 0x3A, 0x2F, 0x2C: true
          default: false
          }
        }
    }
  }
}
