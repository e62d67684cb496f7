import JSON
import Security
import Wire

/// The names that belong to somebody, where the operator allows it; a name is shown by its owner alone.
struct Claims: Sendable {
  /// What people without a name of their own are called; it stays everybody's.
  static let guest = "Gast"

  private var digests: [String: [UInt8]] = [:]

  static func digest(_ token: String) -> [UInt8] { SHA256.digest(token) }

  mutating func add(_ name: String, _ digest: [UInt8]) { digests[name] = digest }
  mutating func remove(_ name: String) { digests[name] = nil }

  func isClaimed(_ name: String) -> Bool { !digests.isEmpty && digests[name] != nil }

  func isOwner(of name: String, _ token: String) -> Bool {
    digests[name].map { equalInConstantTime($0, Claims.digest(token)) } ?? false
  }
}
