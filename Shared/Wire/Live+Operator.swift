public import JSON

extension Live {
  /// Shows everybody a message of the operator's. The request is the operator's JSON object; the gateway has proven who
  /// asks.
  ///
  /// Refuses with `missing` or `invalid` and the field: `text` (1 to 300 units once cleaned), `style` (a style's words),
  /// `type` (`toast`, which is the default, or `popup`).
  public struct Announce: Call, Equatable {
    public static let name = "live.announce"
    public typealias Reply = Empty
    public let text: Given<String>
    public let style: Given<String>
    public let type: Given<String>

    public init(_ text: Given<String>, style: Given<String> = .nothing, type: Given<String> = .nothing) {
      self.text = text
      self.style = style
      self.type = type
    }
  }

  /// Hours of the whole life, oldest first, none left out: from and to are epoch seconds, both included, as far as there
  /// are hours; at most 10,000, the newest of them.
  public struct Hours: Call, Equatable {
    public static let name = "live.hours"
    public typealias Reply = RawJSON
    public let from: Given<Int>
    public let to: Given<Int>

    public init(from: Given<Int> = .nothing, to: Given<Int> = .nothing) {
      self.from = from
      self.to = to
    }
  }
}

extension Live.Announce {
  public init(json: RawJSON) throws {
    var (text, style, type): (Given<String>, Given<String>, Given<String>) = (.nothing, .nothing, .nothing)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "text") {
        text = try scanner.givenText()
      } else if scanner.matches(name, "style") {
        style = try scanner.givenText()
      } else if scanner.matches(name, "type") {
        type = try scanner.givenText()
      } else {
        return false
      }
      return true
    }
    self.init(text, style: style, type: type)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("text", text)
      $0.member("style", style)
      $0.member("type", type)
    }
  }
}

extension Live.Hours {
  public init(json: RawJSON) throws {
    var (from, to): (Given<Int>, Given<Int>) = (.nothing, .nothing)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "from") {
        from = try scanner.givenCount()
      } else if scanner.matches(name, "to") {
        to = try scanner.givenCount()
      } else {
        return false
      }
      return true
    }
    self.init(from: from, to: to)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("from", from)
      $0.member("to", to)
    }
  }
}
