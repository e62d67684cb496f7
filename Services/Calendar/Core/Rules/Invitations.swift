import Almanac
import ICalendar
import Security
import Wire

/// Writes to people who are asked and have no account: what it is about, a link to answer by, and for a real event the
/// event itself, which mail programs put into calendars (RFC 6047).
///
/// A link bears a code that only we can make, so it needs no account and no state. It holds no address.
struct Invitations: Sendable {
  /// Mails to strangers that one person's polls and events may cause in a day.
  static let mostPerDay = 500

  /// Where people reach this server, without a slash at the end.
  let address: String
  private let key: [UInt8]

  init(address: String, key: [UInt8]) {
    self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
    self.key = key
  }

  enum Occasion: Sendable {
    /// A poll: when could you come?
    case asked
    case scheduled
    case changed
    /// It is off, or they are asked no longer.
    case cancelled
  }

  // MARK: - Links

  /// 128 bits that name one guest of one event.
  func code(_ email: String, of event: EventRecord) -> String {
    let code = HMAC.sha256(key: key, Array("rsvp \(event.id.hex) \(email)".utf8))
    return Base64URL.encode(Array(code.prefix(16)))
  }

  /// Whose code it is; nil for nobody's.
  func guest(_ code: String, of event: EventRecord) -> GuestRecord? {
    let given = Array(code.utf8)
    return event.invitees.first { equalInConstantTime(Array(self.code($0.email, of: event).utf8), given) }
  }

  // MARK: - Mails

  func mail(_ occasion: Occasion, _ event: EventRecord, to email: String) -> Delivery.Notify {
    var mail = Delivery.Notify(mail: email, title: title(occasion, event), body: text(occasion, event, to: email))
    // Who hears of it a week late can do nothing with it.
    mail.expires = Double(event.ends ?? event.closes)
    guard event.starts != nil else { return mail }
    let isOff = occasion == .cancelled
    var entry = event.calendarEvent
    entry.isCancelled = isOff
    let others = entry.attendees.filter { $0.email != email }
    let answer: CalendarText.Guest.Answer =
      event.guest(email).map { $0.answered != nil && $0.attends } == true ? .accepted : .needed
    entry.attendees = [CalendarText.Guest(email, isOff ? .unknown : answer)] + (isOff ? [] : others)
    let text = CalendarText(name: nil, method: isOff ? .cancel : .request, events: [entry]).text()
    mail.calendar = Delivery.CalendarPart(method: isOff ? .cancel : .request, text: text)
    return mail
  }

  private func title(_ occasion: Occasion, _ event: EventRecord) -> String {
    switch occasion {
    case .asked: "\(event.creatorEmail) asks when you could come: \(event.name)"
    case .scheduled: "Invitation: \(event.name), \(event.timeText)"
    case .changed: "Changed: \(event.name), \(event.timeText)"
    case .cancelled: "Cancelled: \(event.name)"
    }
  }

  private func text(_ occasion: Occasion, _ event: EventRecord, to email: String) -> String {
    var lines: [String]
    switch occasion {
    case .asked: lines = ["\(event.creatorEmail) is looking for a time until \(event.deadline) for:"]
    case .scheduled: lines = ["\(event.creatorEmail) invites you to:"]
    case .changed: lines = ["\(event.creatorEmail) has changed:"]
    case .cancelled: lines = ["\(event.creatorEmail) has cancelled, or asks you no longer to:"]
    }
    lines += ["", "  \(event.name)"]
    if event.starts != nil { lines.append("  \(event.timeText)") }
    if !event.location.isEmpty { lines.append("  \(event.location)") }
    if !event.description.isEmpty { lines += ["", event.description] }
    if occasion != .cancelled {
      let link = "\(address)/rsvp/\(event.id.hex)/\(code(email, of: event))"
      lines += ["", "Say here whether you come; whoever has this link answers for you:", "  \(link)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension EventRecord {
  /// `2030-03-05 11:00 to 12:00 (America/Los_Angeles)`; empty for a poll.
  var timeText: String {
    guard let starts, let ends else { return "" }
    let (from, to) = (zone.time(at: starts), zone.time(at: ends))
    return "\(zone.slotText(starts)) to \(from.date == to.date ? to.clock : zone.slotText(ends)) (\(zone.name))"
  }
}
