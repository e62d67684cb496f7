import Almanac
import CIcal
import Glibc

/// A calendar as other programs read it (RFC 5545), written by libical. The same events give the same text, so that a
/// digest of it can be an ETag.
public struct CalendarText: Sendable {
  /// What a calendar in a mail asks of its reader (RFC 5546).
  public enum Method: Sendable { case request, cancel }

  /// Somebody who is asked to come.
  public struct Guest: Sendable, Equatable {
    /// Unknown: shown as coming, and not asked.
    public enum Answer: Sendable { case unknown, needed, accepted, declined }

    public var email: String
    public var answer: Answer

    public init(_ email: String, _ answer: Answer = .unknown) {
      self.email = email
      self.answer = answer
    }
  }

  /// One event; its times are Unix seconds.
  public struct Event: Sendable {
    public var uid: String
    /// Rises with every change, so that a reader knows the newer of two.
    public var sequence = 0
    /// When it was changed last.
    public var stamp = 0
    public var start = 0
    public var end = 0
    public var summary = ""
    public var description = ""
    public var location = ""
    public var organizer: String?
    public var attendees: [Guest] = []
    public var isCancelled = false

    public init(uid: String) { self.uid = uid }
  }

  /// Shown by readers that subscribe; a mail has none.
  public var name: String?
  public var method: Method?
  public var events: [Event]

  public init(name: String?, method: Method? = nil, events: [Event]) {
    self.name = name
    self.method = method
    self.events = events
  }

  /// Lines of at most 75 octets, each with its CRLF.
  public func text() -> String {
    CalendarText.written { calendar in
      if let method {
        let kind = method == .request ? ICAL_METHOD_REQUEST : ICAL_METHOD_CANCEL
        icalcomponent_add_property(calendar, icalproperty_new_method(kind))
      }
      if let name, let title = icalproperty_new_x(name.printable) {
        icalproperty_set_x_name(title, "X-WR-CALNAME")
        icalcomponent_add_property(calendar, title)
      }
      for event in events { icalcomponent_add_component(calendar, event.component()) }
    }
  }

  static func written(_ fill: (OpaquePointer) -> Void) -> String {
    Recurrence.prepare()
    guard let calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT) else { return "" }
    defer { icalcomponent_free(calendar) }
    icalcomponent_add_property(calendar, icalproperty_new_version("2.0"))
    icalcomponent_add_property(calendar, icalproperty_new_prodid("-//Carillon//Calendar//EN"))
    icalcomponent_add_property(calendar, icalproperty_new_calscale("GREGORIAN"))
    fill(calendar)
    guard let text = icalcomponent_as_ical_string_r(calendar) else { return "" }
    defer { free(text) }
    return String(cString: text)
  }
}

extension CalendarText.Event {
  /// A component that the caller owns.
  fileprivate func component() -> OpaquePointer? {
    let event = icalcomponent_new(ICAL_VEVENT_COMPONENT)
    icalcomponent_add_property(event, icalproperty_new_uid(uid.printable))
    icalcomponent_add_property(event, icalproperty_new_sequence(Int32(clamping: sequence)))
    icalcomponent_add_property(event, icalproperty_new_dtstamp(icaltimetype(stamp)))
    icalcomponent_add_property(event, icalproperty_new_dtstart(icaltimetype(start)))
    icalcomponent_add_property(event, icalproperty_new_dtend(icaltimetype(end)))
    icalcomponent_add_property(event, icalproperty_new_summary(summary.printable))
    if !description.isEmpty {
      icalcomponent_add_property(event, icalproperty_new_description(description.printable))
    }
    if !location.isEmpty { icalcomponent_add_property(event, icalproperty_new_location(location.printable)) }
    if let organizer {
      icalcomponent_add_property(event, icalproperty_new_organizer("mailto:\(organizer.printable)"))
    }
    for guest in attendees { icalcomponent_add_property(event, guest.property()) }
    icalcomponent_add_property(
      event,
      icalproperty_new_status(isCancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED)
    )
    return event
  }
}

extension CalendarText.Guest {
  fileprivate func property() -> OpaquePointer? {
    let property = icalproperty_new_attendee("mailto:\(email.printable)")
    let state: icalparameter_partstat
    switch answer {
    case .unknown: return property
    case .needed: state = ICAL_PARTSTAT_NEEDSACTION
    case .accepted: state = ICAL_PARTSTAT_ACCEPTED
    case .declined: state = ICAL_PARTSTAT_DECLINED
    }
    icalproperty_add_parameter(property, icalparameter_new_partstat(state))
    if answer == .needed { icalproperty_add_parameter(property, icalparameter_new_rsvp(ICAL_RSVP_TRUE)) }
    return property
  }
}

extension icaltimetype {
  /// A moment in UTC, from Unix seconds.
  init(_ moment: Int) { self = icaltime_from_string(ICalendarTime.text(moment)) }
}

extension String {
  /// Without control characters, which no reader expects; line ends stay, and libical escapes them.
  var printable: String {
    String(String.UnicodeScalarView(unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" }))
  }
}
