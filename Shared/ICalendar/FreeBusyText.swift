import CIcal
import Glibc

/// When somebody is busy, as other programs read it (RFC 5545, VFREEBUSY), and nothing of what they do then.
public struct FreeBusyText: Sendable {
  public var uid: String
  /// Unix seconds; also the moment that it is said to be made at, so that the same times give the same text.
  public var range: Range<Int>
  /// In order, none touching another.
  public var busy: [Range<Int>]

  public init(uid: String, range: Range<Int>, busy: [Range<Int>]) {
    self.uid = uid
    self.range = range
    self.busy = busy
  }

  public func text() -> String {
    CalendarText.written { calendar in
      icalcomponent_add_property(calendar, icalproperty_new_method(ICAL_METHOD_PUBLISH))
      let times = icalcomponent_new(ICAL_VFREEBUSY_COMPONENT)
      icalcomponent_add_property(times, icalproperty_new_uid(uid.printable))
      icalcomponent_add_property(times, icalproperty_new_dtstamp(icaltimetype(range.lowerBound)))
      icalcomponent_add_property(times, icalproperty_new_dtstart(icaltimetype(range.lowerBound)))
      icalcomponent_add_property(times, icalproperty_new_dtend(icaltimetype(range.upperBound)))
      for span in busy {
        var period = icalperiodtype_null_period()
        period.start = icaltimetype(span.lowerBound)
        period.end = icaltimetype(span.upperBound)
        icalcomponent_add_property(times, icalproperty_new_freebusy(period))
      }
      icalcomponent_add_component(calendar, times)
    }
  }
}
