import Almanac
import CIcal
import Glibc

/// A calendar as other programs read it (RFC 5545), written by libical. The same events give the same text, so that a
/// digest of it can be an ETag.
public struct CalendarText: Sendable {
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
    public var attendees: [String] = []
    public var isCancelled = false

    public init(uid: String) { self.uid = uid }
  }

  public var name: String
  public var events: [Event]

  public init(name: String, events: [Event]) {
    self.name = name
    self.events = events
  }

  /// Lines of at most 75 octets, each with its CRLF.
  public func text() -> String {
    Recurrence.prepare()
    guard let calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT) else { return "" }
    defer { icalcomponent_free(calendar) }
    icalcomponent_add_property(calendar, icalproperty_new_version("2.0"))
    icalcomponent_add_property(calendar, icalproperty_new_prodid("-//Carillon//Calendar//EN"))
    icalcomponent_add_property(calendar, icalproperty_new_calscale("GREGORIAN"))
    if let title = icalproperty_new_x(name.printable) {
      icalproperty_set_x_name(title, "X-WR-CALNAME")
      icalcomponent_add_property(calendar, title)
    }
    for event in events { icalcomponent_add_component(calendar, event.component()) }
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
    icalcomponent_add_property(event, icalproperty_new_dtstamp(icaltime_from_string(ICalendarTime.text(stamp))))
    icalcomponent_add_property(event, icalproperty_new_dtstart(icaltime_from_string(ICalendarTime.text(start))))
    icalcomponent_add_property(event, icalproperty_new_dtend(icaltime_from_string(ICalendarTime.text(end))))
    icalcomponent_add_property(event, icalproperty_new_summary(summary.printable))
    if !description.isEmpty {
      icalcomponent_add_property(event, icalproperty_new_description(description.printable))
    }
    if !location.isEmpty { icalcomponent_add_property(event, icalproperty_new_location(location.printable)) }
    if let organizer {
      icalcomponent_add_property(event, icalproperty_new_organizer("mailto:\(organizer.printable)"))
    }
    for attendee in attendees {
      icalcomponent_add_property(event, icalproperty_new_attendee("mailto:\(attendee.printable)"))
    }
    icalcomponent_add_property(
      event,
      icalproperty_new_status(isCancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED)
    )
    return event
  }
}

extension String {
  /// Without control characters, which no reader expects; line ends stay, and libical escapes them.
  fileprivate var printable: String {
    String(String.UnicodeScalarView(unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" }))
  }
}
