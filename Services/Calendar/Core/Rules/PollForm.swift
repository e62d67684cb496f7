import Almanac
import JSON
import Postgres
import Wire

/// A poll as its creator asks for it (E1). What else the body holds is ignored: the app sends ids and answers of its own.
struct PollForm: Sendable {
  static let mostPeople = 100
  /// Further ahead nobody plans, and the finder would walk over it minute by minute.
  static let farthestDays = 732

  let name: String
  let description: String
  let location: String
  let zone: Zone
  let minutes: Int
  /// The last day of voting.
  let deadline: CivilDate
  /// In lower case, each once, without the creator.
  let invitees: [Invitee]
  let quorum: Int
  /// Minutes from now before which nothing is proposed.
  let notice: Int

  struct Invitee: Sendable, Equatable {
    let email: String
    var part = GuestPart.counted
  }

  /// The moment after the last one in which votes count.
  var closes: Int { zone.start(of: deadline + 1) }

  init(_ fields: LooseFields, creator: String, zone home: Zone, now: Int) throws(Failure) {
    name = try fields.requiredText("name", atMost: 200)
    let day = try fields.requiredText("deadline", atMost: 40)
    let length = try fields.requiredText("length", atMost: 40)
    guard fields.has("invitees") else { throw .missing("invitees") }
    zone = try fields.zone(else: home)
    guard let date = ClientTime.date(day) else { throw .invalid("deadline") }
    let today = zone.time(at: now).date
    guard today <= date, date.day - today.day <= PollForm.farthestDays else { throw .invalid("deadline") }
    deadline = date
    guard let minutes = ClientTime.length(length), (1...1440).contains(minutes) else { throw .invalid("length") }
    self.minutes = minutes
    description = try fields.text("description", atMost: 4000) ?? ""
    location = try fields.text("location", atMost: 500) ?? ""
    quorum = try fields.whole("quorum", in: 0...PollForm.mostPeople) ?? 0
    notice = try fields.whole("notice", in: 0...100_000) ?? 0
    invitees = try PollForm.invitees(fields, creator: creator)
  }

  private static func invitees(_ fields: LooseFields, creator: String) throws(Failure) -> [Invitee] {
    let required = try fields.emails("required") ?? []
    let optional = try fields.emails("optional") ?? []
    var seen: Set = [creator]
    var invitees: [Invitee] = []
    for email in (try fields.emails("invitees") ?? []) + required + optional where seen.insert(email).inserted {
      let part: GuestPart = required.contains(email) ? .required : optional.contains(email) ? .optional : .counted
      invitees.append(Invitee(email: email, part: part))
    }
    guard (1...mostPeople).contains(invitees.count) else { throw .invalid("invitees") }
    return invitees
  }
}

/// How much a person's times matter.
enum GuestPart: String, Sendable { case counted, required, optional }

extension LooseFields {
  /// A list of e-mails in lower case; nil when there is no such member.
  func emails(_ name: String) throws(Failure) -> [String]? {
    guard has(name) else { return nil }
    guard let values = object[name]?.array, values.count <= 1000 else { throw .invalid(name) }
    var emails: [String] = []
    for value in values {
      guard let email = value.string?.trimmed.lowercased(), isMailAddress(email) else { throw .invalid(name) }
      emails.append(email)
    }
    return emails
  }

  /// The zone that `timezone` names, an IANA name; the fallback when it is absent.
  func zone(else fallback: Zone) throws(Failure) -> Zone {
    guard let name = try text("timezone", atMost: 64) else { return fallback }
    guard let zone = Zone(named: name) else { throw .invalid("timezone") }
    return zone
  }
}
