public import JSON

// What goes in and out as iCalendar (RFC 5545), beside the feeds.
extension Calendar {
  /// Takes a calendar file into the caller's own entries; `fields` has its `text`. What a UID brought before is replaced.
  ///
  /// `invalid` for what is no calendar and for a time zone that is not known, which it names; `too_many` where there
  /// would be more entries than one may have.
  public struct ImportFile: CalendarCall, Equatable {
    public static let name = "calendar.import_file"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// When the caller is busy, from `from` to `to` in Unix seconds, sixty days from today unless told otherwise.
  public struct ReadFreeBusy: Call, Equatable {
    public typealias Reply = Feed
    public static let name = "calendar.free_busy"
    public let request: Request

    public init(_ request: Request) { self.request = request }
    public init(json: RawJSON) throws { self.init(try Request(json: json)) }
    public func json() throws -> RawJSON { request.json() }
  }

  /// Makes the private address under which others see when the caller is busy; an earlier one ends.
  public struct MakeFreeBusyFeed: CalendarCall, Equatable {
    public static let name = "calendar.make_free_busy_feed"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Ends it; `not_found` when there is none.
  public struct EndFreeBusyFeed: CalendarCall, Equatable {
    public static let name = "calendar.end_free_busy_feed"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }
}
