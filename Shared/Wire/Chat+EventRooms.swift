public import JSON

// The chat of a calendar's event (jarvis.md 3.7): a room that is named by the event, whose members the calendar decides.
// It is a room like others, locked and owned by nobody, so it has a code, history and listeners too.
extension Chat {
  /// Says who is in an event's room, all of them, and opens the room if there is none yet.
  ///
  /// For the calendar, out of its outbox: a repeat changes nothing, and a revision that is not above the one the room has
  /// is passed over, so that late and doubled calls do no harm. Who is no longer in the list is out at once, sockets
  /// included; who is again sees what was said meanwhile.
  public struct SetEventRoom: Call, Codable, Equatable {
    public static let name = "chat.set_event_room"
    public typealias Reply = Empty
    public let event: CalendarEventID
    public let members: [UserID]
    /// Rises with every change of the event's people.
    public let revision: Int

    public init(_ event: CalendarEventID, members: [UserID], revision: Int) {
      self.event = event
      self.members = members
      self.revision = revision
    }
  }

  /// Erases an event's room with all that was said in it. A `SetEventRoom` of a lower revision that comes later does not
  /// bring it back.
  public struct EraseEventRoom: Call, Codable, Equatable {
    public static let name = "chat.erase_event_room"
    public typealias Reply = Empty
    public let event: CalendarEventID
    public let revision: Int

    public init(_ event: CalendarEventID, revision: Int) {
      self.event = event
      self.revision = revision
    }
  }

  /// Stores what the context's user says to an event's members, then tells the listeners.
  ///
  /// `fields` is the client's object: `message` (1 to 4,000 characters), and `date` and `time` as the app shows them, which
  /// live listeners get back, with the `name` given. Members who are not present get a push. Refuses with `missing` or
  /// `invalid` `message`, `rate_limited`, `not_found` when the event has no room (unknown, or tentative still), `forbidden`
  /// for who is not in it.
  public struct PostToEvent: Call, Equatable {
    public static let name = "chat.post_to_event"
    public typealias Reply = EventEntry
    public let event: CalendarEventID
    public let fields: RawJSON
    /// Those who hear it as it is said, as far as the caller knows.
    public let present: [UserID]

    public init(to event: CalendarEventID, fields: RawJSON, present: [UserID] = []) {
      self.event = event
      self.fields = fields
      self.present = present
    }
  }

  /// The newest messages of an event's room, in ascending order; refuses as `PostToEvent` does.
  public struct EventHistory: Call, Codable, Equatable {
    public static let name = "chat.event_history"
    public typealias Reply = EventPage
    public static let largestPage = 500
    public let event: CalendarEventID
    /// Unix seconds: only messages from before this moment.
    public let before: Double?
    /// 1 to 500, and 200 when not given.
    public let limit: Int?

    public init(of event: CalendarEventID, before: Double? = nil, limit: Int? = nil) {
      self.event = event
      self.before = before
      self.limit = limit
    }
  }

  public struct EventPage: Message, Codable, Equatable {
    public let entries: [EventEntry]
    public init(_ entries: [EventEntry]) { self.entries = entries }
  }

  /// The events whose rooms the context's user is in now, at most 1000, the newest room first.
  public struct ListEventRooms: Call, Codable, Equatable {
    public static let name = "chat.event_rooms"
    public typealias Reply = EventRooms
    public init() {}
  }

  public struct EventRooms: Message, Codable, Equatable {
    public let events: [CalendarEventID]
    public init(_ events: [CalendarEventID]) { self.events = events }
  }

  /// A message of an event's room.
  public struct EventEntry: Message, Codable, Equatable {
    public var event: CalendarEventID
    public var id: Int
    public var sender: UserID
    /// Nil for an account without one, and for one that is gone.
    public var email: String?
    /// The sender's display name as it is now; in live events the one that the sender's app wrote, if it did.
    public var name: String
    public var text: String
    /// Unix seconds with their fraction, by the server's clock.
    public var timestamp: Double
    /// What the sender's app wrote, in live events only.
    public var date: String?
    public var time: String?

    public init(
      in event: CalendarEventID,
      id: Int,
      sender: UserID,
      email: String?,
      name: String,
      text: String,
      timestamp: Double,
      date: String? = nil,
      time: String? = nil
    ) {
      self.event = event
      self.id = id
      self.sender = sender
      self.email = email
      self.name = name
      self.text = text
      self.timestamp = timestamp
      self.date = date
      self.time = time
    }

    private enum CodingKeys: String, CodingKey {
      case event, id = "msgId", sender, email, name, text = "message", timestamp, date, time
    }
  }

  /// A message of an event's room was stored; `Posted` tells of it too, by the room's code.
  public struct PostedToEvent: Event, Codable, Equatable {
    public static let subject = "chat.posted_to_event"
    public let entry: EventEntry
    public init(_ entry: EventEntry) { self.entry = entry }
  }

  /// People came into an event's room or are out of it.
  public struct EventMembersChanged: Event, Codable, Equatable {
    public static let subject = "chat.event_members_changed"
    public let event: CalendarEventID
    public let entered: [UserID]
    public let left: [UserID]

    public init(of event: CalendarEventID, entered: [UserID], left: [UserID]) {
      self.event = event
      self.entered = entered
      self.left = left
    }
  }
}

extension Chat.PostToEvent {
  public init(json: RawJSON) throws {
    var (event, fields): (String?, RawJSON?) = (nil, nil)
    var present: [UserID] = []
    var scanner = JSONScanner(json.bytes)
    try scanner.readMembers { scanner, name throws(JSONFault) in
      if scanner.matches(name, "event") {
        event = try scanner.string()
      } else if scanner.matches(name, "fields") {
        fields = RawJSON(trusted: Array(json.bytes[try scanner.skipValue()]))
      } else if scanner.matches(name, "present") {
        try scanner.readElements { scanner throws(JSONFault) in present.append(UserID(try scanner.string())) }
      } else {
        return false
      }
      return true
    }
    guard let event, let fields else { throw JSONFault(.type, at: 0) }
    self.init(to: CalendarEventID(event), fields: fields, present: present)
  }

  public func json() -> RawJSON {
    .object { writer in
      writer.member("event", event.text)
      writer.member("fields", fields)
      guard !present.isEmpty else { return }
      writer.name("present")
      writer.beginArray()
      for user in present { writer.string(user.text) }
      writer.endArray()
    }
  }
}
