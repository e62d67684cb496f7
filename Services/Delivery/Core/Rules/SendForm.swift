import JSON
import Phone
import Postgres
import Time
import Wire

/// What a sender handed in, as far as it says something without knowing who the sender is.
struct SendDraft: Sendable {
  static let mostReceivers = 100

  let content: MessageContent
  fileprivate let receivers: [JSONValue]
  fileprivate let fields: Fields

  /// Refuses the first field at fault, absent ones first.
  init(_ submission: Submission) throws(Failure) {
    fields = try Fields(submission)
    try fields.require("message", "receiver_ids", "delivery_option")
    content = try MessageContent(fields)
    receivers = try fields.list("receiver_ids", atMost: SendDraft.mostReceivers)
    guard !receivers.isEmpty else { throw .invalid("receiver_ids") }
  }

  /// The receivers whose ids are given.
  var users: [UUIDValue] { receivers.compactMap { $0.string.flatMap(SendForm.Target.id) } }
}

/// What a sender handed in, proven to be whole (pictever.md 2.3, M1).
struct SendForm: Sendable {
  /// Whom a message is for, as the apps write it: `id` and a user, or `num` and a number.
  enum Target: Sendable, Hashable {
    case user(UUIDValue)
    case number(String)
  }

  let content: MessageContent
  let targets: [Target]
  let moment: Timestamp

  /// `country` is the sender's, by which numbers are read; `chance` as in `DeliveryOption`.
  init(_ draft: SendDraft, country: String, at now: Timestamp, chance: Double) throws(Failure) {
    content = draft.content
    var targets: [Target] = []
    for receiver in draft.receivers {
      guard let target = Target(receiver, country: country) else { throw .invalid("receiver_ids") }
      if !targets.contains(target) { targets.append(target) }
    }
    self.targets = targets
    moment = try DeliveryOption(draft.fields.json("delivery_option"), at: now).moment(at: now, chance: chance)
  }
}

extension SendForm.Target {
  init?(_ value: JSONValue, country: String) {
    guard let text = value.string else { return nil }
    if let user = SendForm.Target.id(text) {
      self = .user(user)
    } else if text.hasPrefix("num"), let number = PhoneNumber(String(text.dropFirst(3)), country: country) {
      self = .number(number.text)
    } else {
      return nil
    }
  }

  fileprivate static func id(_ text: String) -> UUIDValue? {
    text.hasPrefix("id") ? UUIDValue(String(text.dropFirst(2))) : nil
  }
}

/// A text and the names of what goes with it in the object store; "" is none.
struct MessageContent: Sendable, Equatable {
  var text: String
  var photo = ""
  var video = ""
  var sound = ""

  init(text: String) { self.text = text }

  /// Only something to look at or to hear may come without a word.
  init(_ fields: Fields) throws(Failure) {
    text = try fields.text("message")
    photo = try fields.text("photo_id", atMost: 1024)
    video = try fields.text("video_id", atMost: 1024)
    sound = try fields.text("sound_id", atMost: 1024)
    if text.isEmpty, photo.isEmpty, video.isEmpty, sound.isEmpty { throw .missing("message") }
  }
}
