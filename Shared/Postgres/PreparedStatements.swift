/// The statements that one connection has prepared, by text and parameter types.
struct PreparedStatements {
  private struct Entry {
    var types: [UInt32]
    var name: String
  }

  /// A service has some dozens; beyond this the texts vary by mistake and are sent unprepared.
  private static let limit = 500
  private var entries: [String: [Entry]] = [:]
  private var count = 0

  func name(of text: String, types: [UInt32]) -> String? {
    guard let variants = entries[text] else { return nil }
    for variant in variants where variant.types == types { return variant.name }
    return nil
  }

  /// A new name for the statement; nil when there are too many.
  mutating func add(_ text: String, types: [UInt32]) -> String? {
    guard count < PreparedStatements.limit else { return nil }
    count += 1
    let name = "s\(count)"
    entries[text, default: []].append(Entry(types: types, name: name))
    return name
  }

  /// The next use prepares anew. The server keeps the old one until the connection ends.
  mutating func forget(_ text: String) { entries[text] = nil }
}
