// Answers of people without an account, by a link in a mail. These calls act for nobody: the code in the link is the proof.
extension Calendar {
  /// What a link is about; `not_found` for one that was never made, or whose owner was sent away.
  public struct ReadRsvp: Call, Codable, Equatable {
    public typealias Reply = Rsvp
    public static let name = "calendar.read_rsvp"
    public let event: String
    /// A secret of its owner.
    public let code: String

    public init(event: String, code: String) {
      self.event = event
      self.code = code
    }
  }

  /// Answers in place of an earlier answer; `conflict` with `not_pending` when it is over or off.
  public struct AnswerRsvp: Call, Codable, Equatable {
    public typealias Reply = Rsvp
    public static let name = "calendar.answer_rsvp"
    public let event: String
    public let code: String
    public let comes: Bool

    public init(event: String, code: String, comes: Bool) {
      self.event = event
      self.code = code
      self.comes = comes
    }
  }

  /// What a guest without an account is shown.
  public struct Rsvp: Message, Codable, Equatable {
    public enum Answer: String, Codable, Sendable { case accepted, declined }

    public var name: String
    /// The creator's e-mail.
    public var organizer: String
    /// In words; empty while it is a poll.
    public var when = ""
    public var location = ""
    public var description = ""
    /// The last day of a poll; nil for a real event.
    public var until: String?
    /// Nil: none yet.
    public var answer: Answer?
    /// Whether an answer still counts.
    public var isOpen = true

    public init(name: String, organizer: String, answer: Answer?) {
      self.name = name
      self.organizer = organizer
      self.answer = answer
    }
  }
}
