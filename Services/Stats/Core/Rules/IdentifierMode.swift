import Postgres
import Security

/// Which texts may name a user, a course or a session.
enum IdentifierMode: String, CaseIterable, Sendable {
  /// UUIDs of any version, in either case.
  case strict
  /// Also any 1 to 128 printable characters without a slash, for clients whose ids are words.
  case any

  /// Nil for a text that may not be an id.
  func identifier(_ text: String) -> StatsIdentifier? {
    if let id = UUIDValue(text) { return StatsIdentifier(id: id, label: nil) }
    guard self == .any, text.isLabel else { return nil }
    return StatsIdentifier(id: UUIDValue(label: text), label: text)
  }
}

/// An id as it is stored, with the client's own text where that is no UUID.
struct StatsIdentifier: Equatable, Sendable {
  let id: UUIDValue
  let label: String?

  /// What the client is answered.
  var text: String { label ?? id.description }
}

extension UUIDValue {
  /// A UUID of version 8 made from the text's SHA-256: the same text is the same id on every machine.
  init(label: String) {
    let digest = SHA256.digest(label)
    let halves = [digest[0..<8], digest[8..<16]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    self.init(high: halves[0] & ~0xF000 | 0x8000, low: halves[1] & ~(0b11 << 62) | 0b10 << 62)
  }
}

extension String {
  fileprivate var isLabel: Bool {
    let scalars = unicodeScalars
    return (1...128).contains(scalars.count) && scalars.allSatisfy { $0 != "/" && $0.properties.isPrintable }
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isPrintable: Bool {
    switch generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
