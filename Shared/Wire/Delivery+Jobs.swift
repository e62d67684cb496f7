/// What other services ask of the push queue.
extension Delivery {
  /// How somebody is reached.
  public enum Channel: String, Codable, Sendable, CaseIterable {
    /// The app on a telephone.
    case push
    /// A browser that subscribed.
    case web
    case mail
    /// The operator's own receiver.
    case webhook
  }

  public enum Priority: String, Codable, Sendable { case urgent, normal, bulk }

  /// Hours of the day in which nothing shall ring, such as 22:00 to 07:00.
  ///
  /// They are looked at when the notice is about to go out, by the zone's rules and the recipient's zone of that moment.
  public struct QuietHours: Codable, Sendable, Equatable {
    /// `HH:MM`.
    public let from: String
    public let until: String
    /// IANA name; nil is the recipient's own.
    public let zone: String?

    public init(from: String, until: String, zone: String? = nil) {
      self.from = from
      self.until = until
      self.zone = zone
    }
  }

  /// A notice to one person, once per key of the context.
  ///
  /// To a user it goes by the first channel that is on and by which that user can be reached, and where there is none it is
  /// dropped; a user of whom auth has not told yet is waited for, up to a day. To a mail address it goes by mail, and waits
  /// while mail is off. `invalid` for neither or both of the two, and for a time, a zone or hours that are none.
  public struct Notify: Call, Codable, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.notify"
    public let to: UserID?
    /// An address that is nobody's proven one yet, such as one that a code goes to.
    public let mail: String?
    /// Of a mail, its subject.
    public let title: String
    public let body: String
    public var data: [String: String] = [:]
    /// Whose telephone app is meant.
    public var app: Device.App = .jarvis
    public var channels: [Channel] = [.push]
    /// A later notice of the same text replaces an earlier one on the screen; nil is one of its own.
    public var collapse: String?
    /// Unix seconds; nil is at once.
    public var notBefore: Double?
    /// Unix seconds after which it is of no use.
    public var expires: Double?
    public var quiet: QuietHours?
    public var priority: Priority = .normal
    /// For mail programs, where it goes by mail.
    public var calendar: CalendarPart?

    public init(to: UserID, title: String, body: String) {
      self.to = to
      mail = nil
      self.title = title
      self.body = body
    }

    public init(mail address: String, title: String, body: String) {
      to = nil
      mail = address
      self.title = title
      self.body = body
      channels = [.mail]
    }
  }

  /// An event beside the words of a mail, which the reader's program puts into their calendar or takes out (RFC 6047).
  public struct CalendarPart: Codable, Sendable, Equatable {
    public enum Method: String, Codable, Sendable {
      case request = "REQUEST"
      case cancel = "CANCEL"
    }

    /// As the text says too.
    public let method: Method
    /// iCalendar (RFC 5545).
    public let text: String

    public init(method: Method, text: String) {
      self.method = method
      self.text = text
    }
  }

  /// What became of a change to a notice.
  public struct JobChange: Message, Codable, Equatable {
    public enum Outcome: String, Codable, Sendable {
      case done
      /// It is on its way, out, or given up.
      case tooLate = "too_late"
      /// Nothing was ever accepted under this key.
      case unknown
    }
    public let outcome: Outcome
    public init(_ outcome: Outcome) { self.outcome = outcome }
  }

  /// Takes the notice back that was accepted under a key.
  public struct CancelNotice: Call, Codable, Equatable {
    public typealias Reply = JobChange
    public static let name = "delivery.cancel"
    public let key: String
    public init(_ key: String) { self.key = key }
  }

  /// Moves the notice that was accepted under a key to another moment.
  public struct RescheduleNotice: Call, Codable, Equatable {
    public typealias Reply = JobChange
    public static let name = "delivery.reschedule"
    public let key: String
    /// Unix seconds.
    public let notBefore: Double

    public init(_ key: String, notBefore: Double) {
      self.key = key
      self.notBefore = notBefore
    }
  }

  /// Tries given-up jobs again from their beginning: those of a kind, and those whose reason begins with a text.
  public struct ReplayDead: Call, Codable, Equatable {
    public static let name = "delivery.replay"
    public var kind: String?
    public var reason: String?
    public init(kind: String? = nil, reason: String? = nil) {
      self.kind = kind
      self.reason = reason
    }

    public struct Reply: Message, Codable, Equatable {
      public let count: Int
      public init(_ count: Int) { self.count = count }
    }
  }
}

extension Delivery.Notify {
  /// What has a usual value may be left out.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    to = try values.decodeIfPresent(UserID.self, forKey: .to)
    mail = try values.decodeIfPresent(String.self, forKey: .mail)
    title = try values.decode(String.self, forKey: .title)
    body = try values.decode(String.self, forKey: .body)
    data = try values.decodeIfPresent([String: String].self, forKey: .data) ?? [:]
    app = try values.decodeIfPresent(Delivery.Device.App.self, forKey: .app) ?? .jarvis
    channels =
      try values.decodeIfPresent([Delivery.Channel].self, forKey: .channels) ?? (mail == nil ? [.push] : [.mail])
    collapse = try values.decodeIfPresent(String.self, forKey: .collapse)
    notBefore = try values.decodeIfPresent(Double.self, forKey: .notBefore)
    expires = try values.decodeIfPresent(Double.self, forKey: .expires)
    quiet = try values.decodeIfPresent(Delivery.QuietHours.self, forKey: .quiet)
    priority = try values.decodeIfPresent(Delivery.Priority.self, forKey: .priority) ?? .normal
    calendar = try values.decodeIfPresent(Delivery.CalendarPart.self, forKey: .calendar)
  }
}
