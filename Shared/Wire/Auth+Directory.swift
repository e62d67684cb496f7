extension Auth {
  /// A list of accounts, as search and lookup answer it.
  public struct Profiles: Message, Codable, Sendable, Equatable {
    public var profiles: [Profile]
    public init(_ profiles: [Profile]) { self.profiles = profiles }
  }

  /// The first 50 accounts, by e-mail, whose e-mail holds the text; the empty text finds all. No character of the text is
  /// special, and case does not count.
  public struct Search: Call, Codable {
    public typealias Reply = Profiles
    public static let name = "auth.search"
    public let text: String
    public init(_ text: String) { self.text = text }
  }

  /// The accounts of up to 500 users, in no particular order; a user who does not exist is left out.
  public struct FetchProfiles: Call, Codable {
    public typealias Reply = Profiles
    public static let name = "auth.profiles"
    public static let most = 500
    public let users: [UserID]
    public init(of users: [UserID]) { self.users = users }
  }

  /// The accounts of up to 500 e-mails in any case, in no particular order; an e-mail that nobody has is left out.
  public struct Find: Call, Codable {
    public typealias Reply = Profiles
    public static let name = "auth.find"
    public static let most = 500
    public let emails: [String]
    public init(_ emails: [String]) { self.emails = emails }
  }

  /// The account that goes by an id or an e-mail; `not_found` when there is none.
  public struct Resolve: Call, Codable {
    public typealias Reply = Profile
    public static let name = "auth.resolve"
    /// A user's id, or an e-mail in any case.
    public let id: String
    public init(_ id: String) { self.id = id }
  }
}

extension Auth {
  /// The caller's friends.
  public struct ListFriends: Call, Codable {
    public static let name = "auth.friends"
    public init() {}

    public struct Reply: Message, Codable, Sendable, Equatable {
      public var friends: [UserID]
      public init(_ friends: [UserID]) { self.friends = friends }
    }
  }

  /// Requests to the caller that are not answered yet, oldest first.
  public struct ListFriendRequests: Call, Codable {
    public static let name = "auth.friend_requests"
    public init() {}

    public struct Reply: Message, Codable, Sendable, Equatable {
      public var requests: [FriendRequest]
      public init(_ requests: [FriendRequest]) { self.requests = requests }
    }
  }

  public struct FriendRequest: Codable, Sendable, Equatable {
    public var from: UserID
    /// Unix seconds with their fraction.
    public var created: Double

    public init(from: UserID, created: Double) {
      self.from = from
      self.created = created
    }
  }

  /// How two users stand to each other after a call.
  public struct Friendship: Message, Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable { case pending, accepted, declined }
    public var state: State
    public init(_ state: State) { self.state = state }
  }

  /// Asks `target` in the caller's name; a repeat changes nothing, and if the target asked first both are friends now.
  ///
  /// `invalid` `target` for oneself, `not_found` for nobody, `forbidden` when `from` is not the caller's id or e-mail,
  /// `rate_limited` within a day of a refusal.
  public struct RequestFriend: Call, Codable {
    public typealias Reply = Friendship
    public static let name = "auth.request_friend"
    public let target: UserID
    /// Who asks, as the request said it; nil when it did not.
    public let from: String?

    public init(target: UserID, from: String?) {
      self.target = target
      self.from = from
    }
  }

  /// Answers a pending request to the caller; `not_found` when there is none.
  public struct AnswerFriend: Call, Codable {
    public typealias Reply = Friendship
    public static let name = "auth.answer_friend"
    public let from: UserID
    public let accept: Bool

    public init(from: UserID, accept: Bool) {
      self.from = from
      self.accept = accept
    }
  }

  /// Ends a friendship for both; `not_found` when there is none.
  public struct RemoveFriend: Call, Codable {
    public typealias Reply = Empty
    public static let name = "auth.remove_friend"
    public let friend: UserID
    public init(_ friend: UserID) { self.friend = friend }
  }
}
