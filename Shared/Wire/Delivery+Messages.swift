public import JSON

/// Calls of pictever.md 2.3 and 2.5: each takes the fields as a client wrote them and acts for the user of the context.
///
/// Replies that are lists come as the apps read them and are passed on unchanged.
extension Delivery {
  /// Stores one message for each receiver, or none. A context's `key` that the user sent in the last 24 hours changes
  /// nothing.
  ///
  /// `missing` or `invalid` `message`, `receiver_ids`, `delivery_option` and so on.
  public struct SendMessage: SubmissionCall, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.send"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// The messages that became visible after the cursor `ts`, with the cursor to go on from.
  public struct Receive: SubmissionCall, Equatable {
    public typealias Reply = RawJSON
    public static let name = "delivery.receive"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Sends a received message on to a later moment; `forbidden` for somebody else's, `conflict` for one that is not
  /// received or does not exist.
  public struct Resend: SubmissionCall, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.resend"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// The list of moments to choose from, in the caller's language.
  public struct ListSendChoices: Call, Codable, Equatable {
    public typealias Reply = RawJSON
    public static let name = "delivery.send_choices"
    public init() {}
  }

  /// How many messages are on their way to the caller.
  public struct CountFuture: Call, Codable, Equatable {
    public static let name = "delivery.count_future"
    public init() {}

    public struct Reply: Message, Codable, Equatable {
      public let count: Int
      public init(_ count: Int) { self.count = count }
    }
  }

  /// How many messages of everybody have not been delivered; for the operator, whom the gateway knows.
  public struct CountWaiting: Call, Codable, Equatable {
    public typealias Reply = CountFuture.Reply
    public static let name = "delivery.count_waiting"
    public init() {}
  }

  /// The label that the caller's messages under way have earned; it never falls.
  public struct ReadStatus: Call, Codable, Equatable {
    public static let name = "delivery.status"
    public init() {}

    public struct Reply: Message, Codable, Equatable {
      public let status: String
      public init(_ status: String) { self.status = status }
    }
  }

  /// Blocks the users of `contacts_to_block`, with every message under way between them and the caller, either way.
  public struct BlockContacts: SubmissionCall, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.block"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Lets later messages of the users of `contacts_to_unblock` through.
  public struct UnblockContacts: SubmissionCall, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.unblock"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Which of the numbers in `contacts` belong to members, in the order and words they were sent.
  public struct MatchContacts: SubmissionCall, Equatable {
    public typealias Reply = RawJSON
    public static let name = "delivery.match_contacts"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// Replaces the caller's address book; who of it is a member is worked out from then on.
  public struct UploadBook: SubmissionCall, Equatable {
    public typealias Reply = Empty
    public static let name = "delivery.upload_book"
    public let submission: Submission
    public init(_ submission: Submission) { self.submission = submission }
  }

  /// The members in the caller's address book; null when none was ever uploaded.
  public struct ReadBook: Call, Codable, Equatable {
    public typealias Reply = RawJSON
    public static let name = "delivery.book"
    public init() {}
  }
}
