public import JSON

extension Live {
  /// Makes a name the caller's own: from then on only who sends its token behind the name may use it.
  ///
  /// `conflict` `name_taken` when it belongs to somebody, `forbidden` where the operator does not allow claims.
  public struct Claim: Call, Equatable {
    public static let name = "live.claim"
    public typealias Reply = Claimed
    public let claimed: Given<String>
    public init(_ claimed: Given<String>) { self.claimed = claimed }
  }

  public struct Claimed: Message, Codable, Equatable {
    public let name: String
    /// The only time that it is told.
    public let token: String

    public init(_ name: String, token: String) {
      self.name = name
      self.token = token
    }
  }

  /// Removes a claimed name from everywhere; what it clicked counts on for the guests, without comments.
  ///
  /// `not_found` for a name that is not claimed, `unauthenticated` for a wrong token.
  public struct Forget: Call, Equatable {
    public static let name = "live.forget"
    public typealias Reply = Empty
    public let claimed: Given<String>
    public let token: String

    public init(_ claimed: Given<String>, token: String) {
      self.claimed = claimed
      self.token = token
    }
  }
}

extension Live.Claim {
  public init(json: RawJSON) throws {
    var claimed = Given<String>.nothing
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      guard scanner.matches(name, "name") else { return false }
      claimed = try scanner.givenText()
      return true
    }
    self.init(claimed)
  }

  public func json() -> RawJSON { .object { $0.member("name", claimed) } }
}

extension Live.Forget {
  public init(json: RawJSON) throws {
    var (claimed, token): (Given<String>, String) = (.nothing, "")
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "name") {
        claimed = try scanner.givenText()
      } else if scanner.matches(name, "token") {
        token = try scanner.string()
      } else {
        return false
      }
      return true
    }
    self.init(claimed, token: token)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("name", claimed)
      $0.member("token", token)
    }
  }
}
