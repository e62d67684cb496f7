public import JSON

/// The calls and the event of `carillon-live`: the counter, who is online, and what everybody is shown.
///
/// A gateway holds the sockets. It reports what happens on them in order (`Relay`), and shows its clients what live
/// answers and announces (`Feed`). What live knows of a gateway's sockets it knows from that gateway, which renews it by
/// relaying at least every second, if need be nothing; it ends some seconds after the gateway has fallen silent.
public enum Live {}

extension Live {
  /// Why something that a client sent did not count; the words are the contract's (livecounter.md 3).
  public enum Refusal: String, Error, Sendable, CaseIterable {
    case invalidUser = "invalid_user"
    case invalidComment = "invalid_comment"
    case unknownEvent = "unknown_event"
    /// One that navigates every browser away, while the operator has not allowed it.
    case eventDisabled = "event_disabled"
    case rateLimited = "rate_limited"
    case invalidData = "invalid_data"
    /// Somebody else has claimed the name.
    case nameTaken = "name_taken"
    /// It could not be stored; or, after a failure at the worst moment, nobody knows.
    case unavailable
  }

  /// One thing that happened on one of a gateway's connections.
  public struct Act: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
      /// A client is there and is counted among those online.
      case connect
      /// A listener is there that only wants to be told where things stand: nobody counts it.
      case watch
      case leave
      /// What clients send: a name, a click, an event.
      case auth, click, event
    }

    public let kind: Kind
    /// The gateway's own number of the connection, never used again by it.
    public let connection: Int
    /// The arguments behind the event's name, as the client sent them: a JSON array. Only of what clients send.
    public let arguments: RawJSON?
    /// What stands for the client's network address; only of a connect.
    public let address: String?

    public init(_ kind: Kind, on connection: Int, arguments: RawJSON? = nil, address: String? = nil) {
      self.kind = kind
      self.connection = connection
      self.arguments = arguments
      self.address = address
    }
  }

  /// What became of an act.
  public enum Outcome: Sendable, Equatable {
    case done
    /// Done, and the connection goes by this name from now on.
    case named(String)
    case refused(Refusal)
  }

  /// A connection as its gateway knows it, to be made known to a live that does not.
  public struct Seat: Sendable, Equatable, Codable {
    public var connection: Int
    public var address: String
    public var name: String?
    /// What was counted since the connect.
    public var clicks: Int
    public var events: Int

    public init(connection: Int, address: String, name: String? = nil, clicks: Int = 0, events: Int = 0) {
      self.connection = connection
      self.address = address
      self.name = name
      self.clicks = clicks
      self.events = events
    }
  }
}
