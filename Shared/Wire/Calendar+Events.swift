// What is asked about one poll or event; numbers in brackets are rows of jarvis.md 2.3.
extension Calendar {
  /// Answers a poll (E3), in place of an earlier answer; `fields` are `declined`, as the query had it, and `body`.
  public struct Vote: CalendarCall, Equatable {
    public static let name = "calendar.vote"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// A poll or an event (E4), for those who belong to it; `not_found` for all others' eyes too when there is none.
  public struct Fetch: CalendarCall, Equatable {
    public static let name = "calendar.event"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// The best windows of the caller's own open poll (E5), with who prefers, who is free, and who is not.
  public struct Preferred: CalendarCall, Equatable {
    public static let name = "calendar.preferred"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Makes the caller's open poll a real event, once (E6): of two calls at the same time one is refused with `not_pending`.
  public struct Activate: CalendarCall, Equatable {
    public static let name = "calendar.activate"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Keeps the creator's time for an open poll for some minutes, 15 unless told; `held` when another poll has it.
  public struct Hold: CalendarCall, Equatable {
    public static let name = "calendar.hold"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Where the other members are (E7), from an hour before the start to the end; else `not_close`.
  public struct Locations: CalendarCall, Equatable {
    public static let name = "calendar.locations"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Changes name, description or location of the caller's own event (E11).
  public struct Edit: CalendarCall, Equatable {
    public static let name = "calendar.edit"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Cancels the caller's own poll or event, or removes an own entry (E11).
  public struct Cancel: CalendarCall, Equatable {
    public static let name = "calendar.cancel"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Invites more people to the caller's own poll or event (E12).
  public struct AddPeople: CalendarCall, Equatable {
    public static let name = "calendar.add_people"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Takes a person out: anybody may go, the creator may send away (E12).
  public struct RemovePerson: CalendarCall, Equatable {
    public static let name = "calendar.remove_person"
    public let request: Request
    public init(_ request: Request) { self.request = request }
  }

  /// Succeeds for who is in the room of a real event, which chat may learn a moment later: its creator and those who come.
  ///
  /// `not_found` when there is none, `tentative` for a poll, `forbidden` for everybody else and once it is cancelled.
  public struct CheckMember: Call, Codable, Equatable {
    public typealias Reply = Empty
    public static let name = "calendar.check_member"
    public let event: String
    public init(of event: String) { self.event = event }
  }
}
