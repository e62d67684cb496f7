import Almanac
import Finder
import Postgres

/// Puts a poll's answers and its people's calendars into the form that the finder takes: whole minutes since 1970.
struct PollQuestion {
  /// The members in the finder's order: all who are asked and have not declined.
  let guests: [GuestRecord]
  let question: Question
  /// What stands in their calendars, whatever their hours.
  private let calendars: [[Span]]

  /// Nil when the poll closes before a meeting could begin.
  init(_ poll: EventRecord, agenda: Agenda, people: [String: UUIDValue], limit: Int, now: Int) {
    let from = now.roundedUpToMinute + poll.notice * 60
    let horizon = Span(from / 60, max(from, poll.closes) / 60)
    let busy = agenda.busy(within: from..<max(from, poll.closes))
    let off = agenda.off(within: from..<max(from, poll.closes))
    guests = poll.guests.filter { !$0.vote.declined }
    calendars = guests.map { people[$0.email].flatMap { busy[$0] } ?? [] }
    let members = guests.map { guest in
      let person = people[guest.email]
      // Who asks for a time outside of their own hours means it, so that hours count like a calendar and no more.
      var member = Member(
        preferences: guest.vote.slots.map(\.preference),
        busy: person.map { (busy[$0] ?? []) + (off[$0] ?? []) } ?? []
      )
      if guest.answered == nil, let person {
        member.preferences = agenda.preferences(of: person, within: from..<max(from, poll.closes))
      }
      // A creator who has said nothing at all is asking for any time that suits the others.
      let isSilent = guest.answered == nil && member.preferences.isEmpty
      member.prefersFreeTime = isSilent && guest.email == poll.creatorEmail
      member.part = guest.part.finderPart
      return member
    }
    var question = Question(length: poll.minutes, horizon: horizon, members: members)
    question.quorum = poll.quorum
    question.limit = limit
    self.question = question
  }
}

extension PollQuestion {
  /// Why the guests who are not free in a window are not: something stands in their calendar, or only their hours do.
  func obstacles(_ window: Window) -> (busy: [String], outsideHours: [String]) {
    var obstacles: (busy: [String], outsideHours: [String]) = ([], [])
    for place in guests.indices where !window.free.contains(place) {
      let isBusy = calendars[place].contains { $0.start < window.span.end && window.span.start < $0.end }
      if isBusy {
        obstacles.busy.append(guests[place].email)
      } else {
        obstacles.outsideHours.append(guests[place].email)
      }
    }
    return obstacles
  }
}

extension Agenda {
  /// What is outside of people's hours, by person.
  fileprivate func off(within range: Range<Int>) -> [UUIDValue: [Span]] {
    var off: [UUIDValue: [Span]] = [:]
    for person in hours { off[person.person] = person.hours.off(in: person.zone, within: range) }
    return off
  }

  /// Busy spans by person, rounded outwards to whole minutes.
  func busy(within range: Range<Int>) -> [UUIDValue: [Span]] {
    var busy: [UUIDValue: [Span]] = [:]
    for entry in entries where entry.weight == 0 {
      busy[entry.owner, default: []] += entry.occurrences(within: range).map(\.outerSpan)
    }
    for entry in imported where entry.busy {
      busy[entry.owner, default: []] += entry.occurrences(within: range).map(\.outerSpan)
    }
    for meeting in meetings {
      busy[meeting.person, default: []].append(Occurrence(start: meeting.start, end: meeting.end).outerSpan)
    }
    return busy
  }

  /// The free slots of one person.
  fileprivate func preferences(of person: UUIDValue, within range: Range<Int>) -> [Preference] {
    entries.filter { $0.owner == person && $0.weight > 0 }.flatMap { entry in
      entry.occurrences(within: range).map { Preference($0.innerSpan, weight: Double(entry.weight)) }
    }
  }
}

extension Occurrence {
  fileprivate var outerSpan: Span { Span(start / 60, (end + 59) / 60) }
  fileprivate var innerSpan: Span { Span((start + 59) / 60, end / 60) }
}

extension Vote.Slot {
  fileprivate var preference: Preference { Preference(Span((start + 59) / 60, end / 60), weight: weight) }
}

extension GuestPart {
  fileprivate var finderPart: Member.Part {
    switch self {
    case .counted: .counted
    case .required: .required
    case .optional: .optional
    }
  }
}
