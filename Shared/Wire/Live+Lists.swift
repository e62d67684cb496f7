public import JSON

extension Live {
  /// A request without members whose reply is the answer's body.
  public protocol Question: Call, Equatable where Reply == RawJSON {
    init()
  }

  /// Hours of the last seven days, oldest first, the running one last, none left out.
  public struct LatestHours: Question {
    public static let name = "live.latest_hours"
    public init() {}
  }

  /// Everybody connected, in the order of their coming.
  public struct OnlineUsers: Question {
    public static let name = "live.online_users"
    public init() {}
  }

  /// The six counters as they are now.
  public struct CurrentStats: Question {
    public static let name = "live.current_stats"
    public init() {}
  }

  /// Today's clicks, newest first.
  public struct LatestClicks: PageCall {
    public static let name = "live.latest_clicks"
    public let limit: Given<Int>
    public let before: Given<Int>

    public init(limit: Given<Int> = .nothing, before: Given<Int> = .nothing) {
      self.limit = limit
      self.before = before
    }
  }

  /// Today's events, newest first.
  public struct LatestEvents: PageCall {
    public static let name = "live.latest_events"
    public let limit: Given<Int>
    public let before: Given<Int>

    public init(limit: Given<Int> = .nothing, before: Given<Int> = .nothing) {
      self.limit = limit
      self.before = before
    }
  }

  /// Names with what they clicked, those with the most clicks first; `before` is not looked at.
  public struct Users: PageCall {
    public static let name = "live.users"
    public let limit: Given<Int>
    public let before: Given<Int>

    public init(limit: Given<Int> = .nothing, before: Given<Int> = .nothing) {
      self.limit = limit
      self.before = before
    }
  }

  /// A part of a list: at most `limit` (1 to 10,000, which is also what counts without one), from behind `before` on.
  public protocol PageCall: Call, Equatable where Reply == Page {
    var limit: Given<Int> { get }
    /// The `next` of the part before.
    var before: Given<Int> { get }
    init(limit: Given<Int>, before: Given<Int>)
  }

  public struct Page: Message, Equatable {
    /// The answer's body, an array.
    public let items: RawJSON
    /// Where the list goes on; nil when this is its end.
    public let next: Int?

    public init(_ items: RawJSON, next: Int? = nil) {
      self.items = items
      self.next = next
    }
  }
}

extension Live.Question {
  public init(json: RawJSON) throws { self.init() }
  public func json() -> RawJSON { .emptyObject }
}

extension Live.PageCall {
  public init(json: RawJSON) throws {
    var (limit, before): (Given<Int>, Given<Int>) = (.nothing, .nothing)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "limit") {
        limit = try scanner.givenCount()
      } else if scanner.matches(name, "before") {
        before = try scanner.givenCount()
      } else {
        return false
      }
      return true
    }
    self.init(limit: limit, before: before)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("limit", limit)
      $0.member("before", before)
    }
  }
}

extension Live.Page {
  public init(json: RawJSON) throws {
    var (items, next): (RawJSON?, Int?) = (nil, nil)
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "items") {
        items = RawJSON(trusted: Array(json.bytes[try scanner.skipValue()]))
      } else if scanner.matches(name, "next") {
        next = try scanner.int()
      } else {
        return false
      }
      return true
    }
    guard let items else { throw JSONFault(.type, at: 0) }
    self.init(items, next: next)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("next", next)
      $0.member("items", items)
    }
  }
}
