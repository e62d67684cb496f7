/// Where pushes go beside the one telephone per app that auth tells of: browsers and further telephones, which their owners
/// name themselves.
extension Delivery {
  public enum DeviceKind: String, Codable, Sendable, CaseIterable { case web, android, ios }

  /// Adds a browser (W3C Push API) or a telephone to those the context's user is reached by; the least recently added goes
  /// where there are too many. An address that is known already moves to this user and keeps its id.
  ///
  /// It goes with the session it was added under. `missing` or `invalid` `kind`, `endpoint`, `keys`, `token`, `name`.
  public struct AddDevice: Call, Codable, Equatable {
    public static let name = "delivery.add_device"
    /// Of a browser, base64url, as it gives them.
    public struct Keys: Codable, Sendable, Equatable {
      public let p256dh: String
      public let auth: String

      public init(p256dh: String, auth: String) {
        self.p256dh = p256dh
        self.auth = auth
      }
    }

    /// A `DeviceKind`.
    public let kind: String
    /// Of a browser.
    public var endpoint: String?
    public var keys: Keys?
    /// Of a telephone: which app of it, a `Device.App`.
    public var app: String?
    /// Of a telephone.
    public var token: String?
    /// What its owner calls it.
    public var name: String?

    public init(kind: String) { self.kind = kind }

    public struct Reply: Message, Codable, Equatable {
      public let id: String
      public init(_ id: String) { self.id = id }
    }
  }

  /// The devices that the context's user has added, the newest first.
  public struct ListDevices: Call, Codable, Equatable {
    public static let name = "delivery.devices"
    public init() {}

    public struct Reply: Message, Codable, Equatable {
      public let devices: [AddedDevice]
      public init(_ devices: [AddedDevice]) { self.devices = devices }
    }
  }

  /// A device as its owner sees it; its address is for the push service alone.
  public struct AddedDevice: Codable, Sendable, Equatable {
    public let id: String
    public let kind: DeviceKind
    public let app: String?
    public let name: String?
    /// Unix seconds.
    public let added: Double

    public init(id: String, kind: DeviceKind, app: String?, name: String?, added: Double) {
      self.id = id
      self.kind = kind
      self.app = app
      self.name = name
      self.added = added
    }
  }

  /// Takes back a device that the context's user has added; `not_found` when there is none of that id.
  public struct RemoveDevice: Call, Codable, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.remove_device"
    public let id: String
    public init(_ id: String) { self.id = id }
  }

  /// Forgets what a user has added under sessions that have ended, or everything; from auth, through its outbox.
  public struct EndDevices: Call, Codable, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.end_devices"
    public let user: UserID
    /// Nil is all.
    public let sessions: [SessionID]?
    /// Sessions whose names begin so have ended as well.
    public let prefix: String?

    public init(_ user: UserID, sessions: [SessionID]?, prefix: String? = nil) {
      self.user = user
      self.sessions = sessions
      self.prefix = prefix
    }
  }

  /// The key that a browser must be given to subscribe (RFC 8292); `not_found` while Web Push is off.
  public struct ReadWebKey: Call, Codable, Equatable {
    public static let name = "delivery.web_key"
    public init() {}

    public struct Reply: Message, Codable, Equatable {
      /// Base64url.
      public let key: String
      public init(_ key: String) { self.key = key }
    }
  }
}
