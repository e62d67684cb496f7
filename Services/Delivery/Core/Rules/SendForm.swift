import JSON
import Phone
import Postgres
import Time
import Wire

/// What a sender handed in, proven to be whole (pictever.md 2.3, M1).
struct SendForm: Sendable {
  /// Whom a message is for, as the apps write it: `id` and a user, or `num` and a number.
  enum Target: Sendable, Hashable {
    case user(UUIDValue)
    case number(String)
  }

  static let mostReceivers = 100

  let content: MessageContent
  let targets: [Target]
  let moment: Timestamp

  /// Refuses the first field at fault, absent ones first. `country` is the sender's; `chance` as in `DeliveryOption`.
  init(_ submission: Submission, country: String, at now: Timestamp, chance: Double) throws(Failure) {
    let fields = try Fields(submission)
    try fields.require("message", "receiver_ids", "delivery_option")
    content = try MessageContent(fields)
    let receivers = try fields.list("receiver_ids", atMost: SendForm.mostReceivers)
    guard !receivers.isEmpty else { throw .invalid("receiver_ids") }
    var targets: [Target] = []
    for receiver in receivers {
      guard let target = Target(receiver, country: country) else { throw .invalid("receiver_ids") }
      if !targets.contains(target) { targets.append(target) }
    }
    self.targets = targets
    moment = try DeliveryOption(fields.json("delivery_option"), at: now).moment(at: now, chance: chance)
  }
}

extension SendForm.Target {
  init?(_ value: JSONValue, country: String) {
    guard let text = value.string else { return nil }
    if text.hasPrefix("id"), let user = UUIDValue(String(text.dropFirst(2))) {
      self = .user(user)
    } else if text.hasPrefix("num"), let number = PhoneNumber(String(text.dropFirst(3)), country: country) {
      self = .number(number.text)
    } else {
      return nil
    }
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
