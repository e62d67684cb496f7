/// One JSON value as a tree, for input whose faults must be named field by field.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  public var string: String? { if case .string(let text) = self { text } else { nil } }
  public var number: JSONNumber? { if case .number(let number) = self { number } else { nil } }
  public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  public var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
  public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  public var isNull: Bool { self == .null }
}

/// A number as it was written, so that no digit is lost before a rule decides what it is.
public struct JSONNumber: Sendable, Equatable {
  /// The literal of the text, such as `5.0` or `1e400`.
  public let literal: String

  init(literal: String) { self.literal = literal }
  public init(_ value: Int) { literal = String(value) }

  /// The double as JSON writes it.
  init(_ value: Double) {
    var writer = JSONWriter(reserving: 24)
    writer.double(value)
    literal = String(decoding: writer.bytes, as: UTF8.self)
  }

  /// The nearest double; nil when the literal is beyond its range, such as `1e400`.
  public var double: Double? {
    guard let value = Double(literal), value.isFinite else { return nil }
    return value
  }

  /// The exact whole number, also for `5.0` and `5e0`; nil for fractions and beyond 64 bits.
  public var int: Int? {
    if let exact = Int(literal) { return exact }
    guard let value = double, value.rounded(.towardZero) == value, abs(value) < 9.2e18 else { return nil }
    return Int(value)
  }
}

/// The members of an object in their order. A name that comes twice counts with its last value, as in most parsers.
public struct JSONObject: Sendable, Equatable {
  public internal(set) var members: [Member] = []

  public struct Member: Sendable, Equatable {
    public let name: String
    public let value: JSONValue
  }

  public init() {}

  public subscript(name: String) -> JSONValue? {
    members.last { $0.name == name }?.value
  }
}
