/// One statement with its values. Written as a string literal, whose interpolations become `$1`, `$2` and so on.
///
///     "SELECT score FROM stats.session WHERE user_id = \(user)"
///
/// Texts of the same shape share one prepared statement per connection, so a text must not vary by anything but its
/// values: no request id, no trace comment. A fixed label does no harm, see `labelled`. Values are never printed.
public struct SQL: ExpressibleByStringInterpolation, Sendable {
  let text: String
  let parameters: Parameters

  init(text: String, parameters: Parameters) {
    self.text = text
    self.parameters = parameters
  }

  public init(stringLiteral text: String) { self.init(text: text, parameters: Parameters()) }
  public init(stringInterpolation: Interpolation) {
    self.init(text: stringInterpolation.text, parameters: stringInterpolation.parameters)
  }

  /// Binds values to a text that was written once, with `$1`, `$2`; nothing is built per call but the values.
  public init<each Value: PostgresEncodable>(_ statement: Statement, _ value: repeat each Value) {
    var parameters = Parameters()
    repeat parameters.append(each value)
    self.init(text: statement.text, parameters: parameters)
  }

  /// Puts `/* carillon:label */` before the text, where `pg_stat_activity` and the server's log show it.
  public func labelled(_ label: StaticString) -> SQL {
    SQL(text: "/* carillon:\(label) */ " + text, parameters: parameters)
  }

  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    fileprivate var parameters = Parameters()

    public init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + interpolationCount * 3)
    }

    public mutating func appendLiteral(_ literal: String) { text += literal }

    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
      parameters.append(value)
      text += "$"
      text += String(parameters.types.count)
    }

    /// An optional value has an overload of its own so that the compiler sees that it is meant.
    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      parameters.append(value)
      text += "$"
      text += String(parameters.types.count)
    }

    /// Puts a piece of SQL in as it stands: a table's name, a list of columns. Never anything that came from outside.
    public mutating func appendInterpolation(unescaped fragment: String) { text += fragment }
  }
}

/// A text with `$1`, `$2`, kept in a `static let` by the hot paths.
public struct Statement: ExpressibleByStringLiteral, Sendable {
  let text: String

  public init(_ text: String) { self.text = text }
  public init(stringLiteral text: String) { self.init(text) }

  /// As `SQL.labelled`, paid once.
  public init(label: StaticString, _ text: String) { self.init("/* carillon:\(label) */ " + text) }
}
