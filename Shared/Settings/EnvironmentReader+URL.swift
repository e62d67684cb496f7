extension EnvironmentReader {
  /// An absolute URL of one of the schemes, unchanged; nil when unset or faulty. One that carries a password is refused,
  /// and not repeated in the problem.
  public mutating func url(_ name: String, schemes: [String], _ meaning: String) -> String? {
    guard let text = raw(name, default: "", meaning) else { return nil }
    let expected = schemes.map { "\($0)://host" }.joined(separator: " or ")
    guard let parts = URLParts(text), schemes.contains(parts.scheme) else {
      problem(name, "expected a URL such as \(expected)")
      return nil
    }
    guard !parts.carriesPassword else {
      problem(name, "a password does not belong in the environment; name a file instead")
      return nil
    }
    return text
  }
}

/// A URL taken apart as far as settings need; percent-escapes stay as they are.
public struct URLParts: Sendable {
  /// Lower case.
  public let scheme: String
  /// What stands before `@`, empty without one.
  public let user: String
  public let authority: String
  public let path: String
  public let query: [(name: String, value: String)]

  /// Nil without `scheme://`, or when a blank or control character stands anywhere.
  public init?(_ text: String) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let colon = text.firstIndex(of: ":"),
      text[colon...].hasPrefix("://"), colon != text.startIndex
    else { return nil }
    scheme = text[..<colon].lowercased()
    let rest = text[colon...].dropFirst(3).prefix { $0 != "#" }
    let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let whole = rest[..<authorityEnd]
    let at = whole.lastIndex(of: "@")
    user = at.map { String(whole[..<$0]) } ?? ""
    authority = String(at.map { whole[whole.index(after: $0)...] } ?? whole)
    let mark = rest.firstIndex(of: "?") ?? rest.endIndex
    path = String(rest[authorityEnd..<mark])
    query = rest[mark...].dropFirst().split(separator: "&").map { pair in
      let equal = pair.firstIndex(of: "=") ?? pair.endIndex
      return (String(pair[..<equal]), String(pair[equal...].dropFirst()))
    }
  }

  /// Whether a password stands before the host, or in the query under the name libpq reads.
  public var carriesPassword: Bool {
    user.contains(":") || query.contains { $0.name.lowercased() == "password" }
  }
}
