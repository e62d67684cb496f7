/// What the server answered.
public struct OutgoingResponse: Sendable {
  public let status: Int
  public let body: [UInt8]
  /// Whether the connection may carry another request, as far as the server says.
  public let staysOpen: Bool
  /// The header's lines as they came; few callers look into them.
  private let head: [UInt8]

  init(status: Int, head: [UInt8], body: [UInt8], staysOpen: Bool = true) {
    self.staysOpen = staysOpen
    self.status = status
    self.head = head
    self.body = body
  }

  /// In the order of arrival, names in lower case. Read anew each time.
  public var headers: [(name: String, value: String)] {
    head.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      let value = line[(colon + 1)...].trimmingBlanks
      return (String(decoding: line[..<colon], as: UTF8.self).lowercased(), String(decoding: value, as: UTF8.self))
    }
  }

  /// The first value under this name, which is given in lower case.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

extension ArraySlice<UInt8> {
  fileprivate var trimmingBlanks: Self {
    let blanks: [UInt8] = [0x20, 0x09, 0x0d]
    let start = drop { blanks.contains($0) }
    guard let last = start.lastIndex(where: { !blanks.contains($0) }) else { return start.prefix(0) }
    return start[...last]
  }
}
