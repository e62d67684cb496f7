// Calendars for other programs to read (RFC 5545).
extension Calendar {
  /// Makes the private address of the caller's feed; an earlier one ends.
  public struct MakeFeed: CalendarCall, Equatable {
    public static let name = "calendar.make_feed"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Ends the caller's feed; `not_found` when there is none.
  public struct EndFeed: CalendarCall, Equatable {
    public static let name = "calendar.end_feed"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// The feed behind a private address, for whoever has it; `not_found` for all others.
  public struct ReadFeed: Call, Codable, Equatable {
    public typealias Reply = Feed
    public static let name = "calendar.read_feed"
    /// A secret: the service keeps a hash of it.
    public let token: String
    public init(_ token: String) { self.token = token }
  }

  /// One real event as a calendar, for those who belong to it; `tentative` while it is a poll.
  public struct ReadEventFeed: Call, Codable, Equatable {
    public typealias Reply = Feed
    public static let name = "calendar.read_event_feed"
    public let event: String
    public init(_ event: String) { self.event = event }
  }

  public struct Feed: Message, Codable, Equatable {
    public var text: String
    /// Another text has another tag.
    public var tag: String

    public init(text: String, tag: String) {
      self.text = text
      self.tag = tag
    }
  }
}
