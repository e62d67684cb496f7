import Postgres
import Time
import Wire

/// Somebody a message may go to, as the sender's request finds him.
struct Receiver: Sendable {
  var id: UUIDValue
  var phone: String?
  var country: String
  /// Whether one of the two blocks the other.
  var isBlocked = false
  /// The sender's name in this person's address book; nil when his number is not in it.
  var nameOfSender: String?
}

/// One message on its way to the store.
struct FutureMessage: Sendable {
  var id = UUIDValue.ordered()
  /// For a bottle, its sender.
  var receiver: UUIDValue
  /// The number whose owner will get it; nil for a message that has its receiver.
  var bottle: String?
  var receiverPhone: String?
  var isBlocked = false
  var label: String
  var color: String
  /// Stops a second copy: a key of the sender's that was used lately.
  var onceKey: String?
  /// What the receiver is told at once of a message that comes later.
  var announcement: String?
}

/// Turns a request into messages, all or none: one for each receiver, none for the same one twice.
struct SendPlan {
  /// A message that comes sooner than this is not announced.
  static let announcedFrom = Duration.seconds(200)

  let messages: [FutureMessage]

  /// `found` are all the targets that are members. A user who is none is refused; a number without a member becomes a
  /// bottle. `chance` gives fractions from 0 up to 1.
  init(
    _ form: SendForm,
    by sender: UUIDValue,
    key: String?,
    to found: [Receiver],
    at now: Timestamp,
    chance: () -> Double
  ) throws(Failure) {
    var messages: [FutureMessage] = []
    for target in form.targets {
      let next = try SendPlan.message(
        target,
        form,
        by: sender,
        to: found,
        at: now,
        color: LabelColor.pick(chance: chance())
      )
      guard !messages.contains(where: { $0.receiver == next.receiver && $0.bottle == next.bottle }) else { continue }
      messages.append(next)
    }
    for index in messages.indices { messages[index].onceKey = SendPlan.onceKey(messages[index], form, key) }
    self.messages = messages
  }

  private static func message(
    _ target: SendForm.Target,
    _ form: SendForm,
    by sender: UUIDValue,
    to found: [Receiver],
    at now: Timestamp,
    color: String
  ) throws(Failure) -> FutureMessage {
    let span = form.moment - now
    let label = AgeLabel(span)
    let member =
      switch target {
      case .user(let id): found.first { $0.id == id }
      case .number(let number): found.first { $0.phone == number }
      }
    if let member {
      let language = Language(country: member.country)
      var message = FutureMessage(receiver: member.id, label: label.past(language), color: color)
      message.receiverPhone = member.phone
      message.isBlocked = member.isBlocked
      if member.id != sender, span > announcedFrom, !member.isBlocked, let name = member.nameOfSender {
        message.announcement = PushTexts.announcement(by: name, when: label.future(language), language)
      }
      return message
    }
    guard case .number(let number) = target else { throw .invalid("receiver_ids") }
    var bottle = FutureMessage(receiver: sender, label: label.past(Language(phone: number)), color: color)
    bottle.bottle = number
    bottle.receiverPhone = number
    return bottle
  }

  /// The caller's own key, else the photo's name, which is new with every upload (pictever.md 2.3).
  private static func onceKey(_ message: FutureMessage, _ form: SendForm, _ key: String?) -> String? {
    if let key, !key.isEmpty { return "key:" + key }
    guard !form.content.photo.isEmpty else { return nil }
    return "photo:\(form.content.photo):\(message.bottle ?? message.receiver.description)"
  }
}
