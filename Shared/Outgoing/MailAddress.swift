/// A mailbox that is safe to put into an envelope and a header, with a name to show where there is one.
public struct MailAddress: Sendable, Equatable {
  /// Printable ASCII in the form `local@domain`.
  public let address: String
  /// Any text; it is encoded on its way out.
  public let name: String?

  /// Nil for what is no plain address: other characters than printable ASCII, blanks, quotes, brackets, commas, more than
  /// one `@`, or more than 254 bytes.
  public init?(_ address: String, name: String? = nil) {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, address.utf8.count <= 254,
      address.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
      !address.contains(where: { #"<>()[]\,;:""#.contains($0) })
    else { return nil }
    self.address = address
    self.name = name
  }

  /// Reads a setting such as `Carillon <no-reply@example.org>` or the bare address.
  public init?(parsing text: String) {
    guard text.hasSuffix(">"), let bracket = text.lastIndex(of: "<") else {
      self.init(text)
      return
    }
    let name = String(text[..<bracket]).trimmingBlanks
    self.init(String(text[text.index(after: bracket)...].dropLast()), name: name.isEmpty ? nil : name)
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    let start = drop { $0 == " " }
    return String(start[..<(start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex)])
  }
}
