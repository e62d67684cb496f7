import Almanac
import Postgres
import Wire

/// One reminder of one person before one start.
struct Reminder: Sendable, Equatable {
  let subject: UUIDValue
  let person: UUIDValue
  let minutes: Int
  /// Unix seconds.
  let starts: Int
  let isEntry: Bool
  let name: String
  let zone: Zone

  var due: Int { starts - minutes * 60 }

  static func == (left: Reminder, right: Reminder) -> Bool {
    left.subject == right.subject && left.person == right.person && left.minutes == right.minutes
      && left.starts == right.starts
  }
}

extension Reminder {
  /// The first that is due after a moment; nil when the entry does not take place again.
  init?(of entry: EntryRecord, minutes: Int, after now: Int) {
    let from = now + minutes * 60
    // A series comes again within a week, and clocks may jump in it.
    let until: Int =
      switch entry.span {
      case .single(let start, _): start + 1
      case .weekly: from + 8 * 86_400
      }
    guard from < until, let next = entry.occurrences(within: from..<until).first(where: { $0.start > from }) else {
      return nil
    }
    self.init(
      subject: entry.id,
      person: entry.owner,
      minutes: minutes,
      starts: next.start,
      isEntry: true,
      name: entry.name,
      zone: entry.zone
    )
  }

  /// Under which delivery knows the notice.
  static func key(_ notice: UUIDValue) -> String { "reminder:\(notice)" }

  /// What the person is told, not before it is due and not when it has begun; nil for what is gone.
  var notice: Delivery.Notify? {
    guard !name.isEmpty || isEntry else { return nil }
    var notice = Delivery.Notify(
      to: UserID(person.description),
      title: "Event Reminder",
      body: name.isEmpty ? zone.slotText(starts) : "\(name): \(zone.slotText(starts))"
    )
    notice.data = ["type": "reminder", "event_id": subject.hex, "start": String(starts)]
    notice.channels = [.push, .web]
    notice.notBefore = Double(due)
    notice.expires = Double(starts + 60)
    return notice
  }
}
