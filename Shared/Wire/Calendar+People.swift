// What a user asks about the own calendar; numbers in brackets are rows of jarvis.md 2.2 and 2.3.
extension Calendar {
  /// The caller's events as seed summaries and as documents (U4); `from`, `to` (Unix seconds) and `limit` narrow them.
  public struct Events: CalendarCall, Equatable {
    public static let name = "calendar.events"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// The caller's own calendar, expanded into single entries (U3), with who the caller is; `from` and `to` in Unix seconds.
  public struct Schedule: CalendarCall, Equatable {
    public static let name = "calendar.schedule"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// The polls that the caller has made and that are still open (U5).
  public struct Proposals: CalendarCall, Equatable {
    public static let name = "calendar.proposals"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// The open polls that the caller has not answered, own ones included (U6).
  public struct Invites: CalendarCall, Equatable {
    public static let name = "calendar.invites"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Stores where the caller is now (U7); with an event (E8), only while its members may see that.
  public struct Locate: CalendarCall, Equatable {
    public static let name = "calendar.locate"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Makes a poll (E1) and tells the invitees. An account without e-mail is refused with `no_email`.
  public struct Propose: CalendarCall, Equatable {
    public static let name = "calendar.propose"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Reads the caller's linked calendar now; `not_linked` when there is none, `unavailable` while it gives no answer.
  public struct Import: CalendarCall, Equatable {
    public static let name = "calendar.import"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Stores an own entry or a free slot (E2).
  public struct AddEntry: CalendarCall, Equatable {
    public static let name = "calendar.add_entry"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }
}
