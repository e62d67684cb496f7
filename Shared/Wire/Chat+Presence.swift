// Who listens and who is typing: told from gateway to gateway over chat, which passes it on and keeps none of it.
extension Chat {
  /// What one gateway tells the others about who listens to which rooms there. Chat passes it on to all gateways, the
  /// sender among them.
  ///
  /// A gateway numbers its reports from 1 on without a gap, and sends one when chat has taken the one before, so whoever
  /// has all of them up to a number knows what it has there. One without changes says that the gateway lives.
  public struct PresenceReport: Call, Event, Codable, Equatable {
    public static let name = "chat.tell_presence"
    public static let subject = "chat.presence"
    public typealias Reply = Empty
    /// Places in one report; more make several.
    public static let largest = 500
    /// In `asks`: of every gateway there is.
    public static let everybody = "*"

    /// A name drawn anew by each process.
    public let gateway: String
    public let number: Int
    /// Users whose first listener to a room came since the report before.
    public var came: [Place] = []
    public var went: [Place] = []
    /// Whether all that the gateway has is told anew from here on: what it told before is void.
    public var begins = false
    /// Whether the next report goes on with what this one tells anew.
    public var goesOn = false
    /// Gateways that are asked to tell all they have.
    public var asks: [String] = []
    /// Whether it is the gateway's last.
    public var ends = false

    public init(of gateway: String, number: Int) {
      self.gateway = gateway
      self.number = number
    }
  }

  /// A user in a room; the name is nil where somebody goes.
  public struct PresencePlace: Codable, Sendable, Equatable {
    public let room: RoomGID
    public let user: UserID
    public let name: String?

    public init(_ user: UserID, in room: RoomGID, name: String? = nil) {
      self.room = room
      self.user = user
      self.name = name
    }

    private enum CodingKeys: String, CodingKey { case room = "room_gid", user = "uuid", name = "username" }
  }

  /// Somebody types in a room, or has stopped; passed on to all gateways. Whoever types says so again every few seconds.
  public struct TypingNotice: Call, Event, Codable, Equatable {
    public static let name = "chat.tell_typing"
    public static let subject = "chat.typing"
    public typealias Reply = Empty
    public let place: PresencePlace
    public let isTyping: Bool

    public init(at place: PresencePlace, isTyping: Bool) {
      self.place = place
      self.isTyping = isTyping
    }

    private enum CodingKeys: String, CodingKey { case place, isTyping = "typing" }
  }

  /// Succeeds for members of a room; refuses others as `History` does, and makes nobody a member.
  public struct CheckMember: Call, Codable, Equatable {
    public static let name = "chat.check_member"
    public typealias Reply = Empty
    public let room: RoomGID

    public init(of room: RoomGID) { self.room = room }

    private enum CodingKeys: String, CodingKey { case room = "room_gid" }
  }
}

extension Chat.PresenceReport {
  public typealias Place = Chat.PresencePlace

  private enum CodingKeys: String, CodingKey {
    case gateway, number, came, went, begins
    case goesOn = "goes_on"
    case asks, ends
  }

  /// What is not said is not so: most reports say that the gateway lives, and no more.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    gateway = try values.decode(String.self, forKey: .gateway)
    number = try values.decode(Int.self, forKey: .number)
    came = try values.decodeIfPresent([Place].self, forKey: .came) ?? []
    went = try values.decodeIfPresent([Place].self, forKey: .went) ?? []
    begins = try values.decodeIfPresent(Bool.self, forKey: .begins) ?? false
    goesOn = try values.decodeIfPresent(Bool.self, forKey: .goesOn) ?? false
    asks = try values.decodeIfPresent([String].self, forKey: .asks) ?? []
    ends = try values.decodeIfPresent(Bool.self, forKey: .ends) ?? false
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(gateway, forKey: .gateway)
    try values.encode(number, forKey: .number)
    if !came.isEmpty { try values.encode(came, forKey: .came) }
    if !went.isEmpty { try values.encode(went, forKey: .went) }
    if begins { try values.encode(begins, forKey: .begins) }
    if goesOn { try values.encode(goesOn, forKey: .goesOn) }
    if !asks.isEmpty { try values.encode(asks, forKey: .asks) }
    if ends { try values.encode(ends, forKey: .ends) }
  }
}
