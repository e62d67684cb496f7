/// The calls of `carillon-delivery`: whatever leaves the suite as mail, text message or push, and whom it reaches.
///
/// What tells people something is `Notify`. It and those here are handed over through the callers' outboxes. Each is
/// accepted once per key and stored before the reply, so a caller that hears nothing repeats it with the same key.
public enum Delivery {}

extension Delivery {
  /// A text message to a phone number in canonical form (`00`, country, number).
  public struct SendText: Call, Codable, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.text"
    public let to: String
    public let text: String

    public init(to: String, text: String) {
      self.to = to
      self.text = text
    }
  }

  /// A notification to every planner device of a user, or else to every browser, and nothing if there is none, unless the
  /// user is yet to be told of; `Notify` can say more.
  public struct SendPush: Call, Codable, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.push"
    public let to: UserID
    public let title: String
    public let body: String
    public let data: [String: String]

    public init(to: UserID, title: String, body: String, data: [String: String]) {
      self.to = to
      self.title = title
      self.body = body
      self.data = data
    }
  }

  /// All that delivery must know of one account, as it stands after a change.
  ///
  /// Snapshots may come late or twice: one with a lower `revision` than the last taken is accepted and ignored. A phone
  /// that was not there before opens the bottles that wait for it.
  public struct NotePerson: Call, Codable, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.person"
    public let user: UserID
    public let revision: Int
    public let email: String?
    public let name: String
    public let country: String
    /// In canonical form; only a number whose ownership is accepted.
    public let phone: String?
    public let devices: [Device]
    /// IANA name of the zone that quiet hours are counted in; nil from builds that do not tell.
    public var timezone: String?

    public init(
      user: UserID,
      revision: Int,
      email: String?,
      name: String,
      country: String,
      phone: String?,
      devices: [Device],
      timezone: String? = nil
    ) {
      self.timezone = timezone
      self.user = user
      self.revision = revision
      self.email = email
      self.name = name
      self.country = country
      self.phone = phone
      self.devices = devices
    }
  }

  /// Where pushes to one app of a user go.
  public struct Device: Codable, Sendable, Hashable {
    public enum App: String, Codable, Sendable { case pictever, jarvis }
    public enum OS: String, Codable, Sendable { case android, ios }
    public let app: App
    public let os: OS
    /// The push provider's address of the app on that device.
    public let token: String

    public init(app: App, os: OS, token: String) {
      self.app = app
      self.os = os
      self.token = token
    }
  }
}
