/// Reads a daemon's settings from its environment and gathers every problem, so that all can be told together.
///
/// A faulty value yields its default and a problem; whoever reads decides afterwards, by `problems`, whether to go on. An
/// empty value counts as unset. Each setting is asked for with its meaning, which is what `--help` prints.
public struct EnvironmentReader: Sendable {
  private let environment: [String: String]
  /// One sentence per faulty setting: its name and what was expected.
  public private(set) var problems: [String] = []
  /// What was asked for, in that order, each name once.
  public private(set) var known: [Setting] = []
  private var names: Set<String> = []

  /// One setting as an operator sees it in `--help`.
  public struct Setting: Sendable, Equatable {
    public let name: String
    /// The default as text; empty when there is none.
    public let fallback: String
    public let meaning: String
  }

  public init(_ environment: [String: String]) { self.environment = environment }

  /// Reports a rule that the value breaks, for rules between settings that one reading cannot see.
  public mutating func problem(_ name: String, _ expected: String) {
    problems.append("\(name): \(expected)")
  }

  /// The value as it was set, or nil; notes the setting for `--help`.
  public mutating func raw(_ name: String, default fallback: String, _ meaning: String) -> String? {
    if names.insert(name).inserted { known.append(Setting(name: name, fallback: fallback, meaning: meaning)) }
    guard let value = environment[name], !value.isEmpty else { return nil }
    return value
  }

  /// Reads with a parser of the caller's own, which answers nil when the value is not of the form `expected` describes.
  public mutating func parsed<Value>(
    _ name: String,
    default fallback: Value,
    shown: String,
    expected: String,
    _ meaning: String,
    parse: (String) -> Value?
  ) -> Value {
    guard let text = raw(name, default: shown, meaning) else { return fallback }
    if let value = parse(text) { return value }
    problem(name, "'\(text.printable)' is not \(expected)")
    return fallback
  }

  /// The names that begin like a setting of Carillon and that nobody asked for.
  ///
  /// Daemons share one environment, so another daemon's setting is no fault; one that resembles a known name is probably
  /// a misspelling.
  public func unknown(prefix: String = "CARILLON_") -> [UnknownSetting] {
    environment.keys.filter { $0.hasPrefix(prefix) && !names.contains($0) }.sorted().map { name in
      UnknownSetting(name: name, resembles: known.first { editDistance($0.name, name) <= 2 }?.name)
    }
  }
}

public struct UnknownSetting: Sendable, Equatable {
  public let name: String
  /// The known setting that differs by at most two letters.
  public let resembles: String?
}

extension String {
  /// At most 80 characters, with controls replaced, so that a problem stays one line.
  var printable: String {
    String(String.UnicodeScalarView(unicodeScalars.prefix(80).map { $0.properties.isControl ? "?" : $0 }))
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isControl: Bool { generalCategory == .control || generalCategory == .format }
}

/// Single-letter insertions, deletions and exchanges between two names.
func editDistance(_ left: String, _ right: String) -> Int {
  let left = Array(left.utf8)
  let right = Array(right.utf8)
  guard abs(left.count - right.count) <= 2 else { return .max }
  var row = Array(0...right.count)
  for (i, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let exchange = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(exchange, row[j] + 1, diagonal + 1)
    }
  }
  return row[right.count]
}
