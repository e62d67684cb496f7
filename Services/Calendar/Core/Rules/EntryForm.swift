import Almanac
import JSON
import Wire

/// An own entry or free slot as its owner writes it (E2, jarvis.md 3.2).
struct EntryForm: Sendable, Equatable {
  let name: String
  let description: String
  let zone: String
  /// Above 0: a free slot that the owner prefers, no busy time.
  let weight: Int
  let span: EntrySpan

  init(_ fields: LooseFields, owner: Caller, zone home: Zone, now: Int) throws(Failure) {
    guard fields.has("start_time") else { throw .missing("start_time") }
    guard fields.has("end_time") else { throw .missing("end_time") }
    name = try fields.text("name", atMost: 200) ?? ""
    description = try fields.text("description", atMost: 4000) ?? ""
    weight = try fields.whole("weight", in: 0...1_000_000) ?? 0
    let zone = try fields.zone(else: home)
    self.zone = zone.name
    if let claimed = try fields.text("owner", atMost: 254)?.lowercased() {
      guard claimed == owner.email || claimed == owner.user.text else { throw Failure(.forbidden, field: "owner") }
    }
    let today = zone.time(at: now).date
    span =
      fields.isSingle ? try .single(fields, zone: zone, today: today) : try .weekly(fields, zone: zone, today: today)
  }
}

/// When an entry is.
enum EntrySpan: Sendable, Equatable {
  case single(start: Int, end: Int)
  case weekly(EntrySeries)
}

/// Some hours of some weekdays, on the wall clocks of a zone.
struct EntrySeries: Sendable, Equatable {
  /// One bit per weekday, Sunday the lowest.
  var weekdays: Int
  /// Seconds after midnight; an end at or below the start is on the next day.
  var fromClock: Int
  var toClock: Int
  /// The day of its making: nothing repeats before it.
  var first: CivilDate
  /// Unix seconds; the last start may be then.
  var until: Int
}

extension LooseFields {
  /// Only an explicit refusal makes an entry repeat.
  fileprivate var isSingle: Bool {
    guard has("single_event") else { return !has("repeat_days") || object["repeat_days"]?.array?.isEmpty == true }
    return flag("single_event")
  }
}

extension EntrySpan {
  fileprivate static func single(_ fields: LooseFields, zone: Zone, today: CivilDate) throws(Failure) -> EntrySpan {
    guard let from = fields.object["start_time"]?.string.flatMap({ ClientTime.clock($0.trimmed) }) else {
      return try moments(fields, zone: zone)
    }
    guard let to = fields.object["end_time"]?.string.flatMap({ ClientTime.clock($0.trimmed) }) else {
      throw .invalid("end_time")
    }
    var date = today
    if let text = try fields.text("date", atMost: 40) {
      guard let given = ClientTime.date(text) else { throw .invalid("date") }
      date = given
    }
    let start = zone.moment(of: CivilTime(date, second: from))
    let end = zone.moment(of: CivilTime(to <= from ? date + 1 : date, second: to))
    // A jump of the clocks may leave nothing between the two.
    guard start < end else { throw .invalid("end_time") }
    return .single(start: start, end: end)
  }

  private static func moments(_ fields: LooseFields, zone: Zone) throws(Failure) -> EntrySpan {
    guard let start = ClientTime.moment(fields.object["start_time"], in: zone) else { throw .invalid("start_time") }
    guard let end = ClientTime.moment(fields.object["end_time"], in: zone), start < end, end - start <= 366 * 86_400
    else {
      throw .invalid("end_time")
    }
    return .single(start: start, end: end)
  }

  fileprivate static func weekly(_ fields: LooseFields, zone: Zone, today: CivilDate) throws(Failure) -> EntrySpan {
    guard let from = fields.object["start_time"]?.string.flatMap({ ClientTime.clock($0.trimmed) }) else {
      throw .invalid("start_time")
    }
    guard let to = fields.object["end_time"]?.string.flatMap({ ClientTime.clock($0.trimmed) }) else {
      throw .invalid("end_time")
    }
    guard let weekdays = fields.object["repeat_days"]?.array.flatMap(Weekdays.bits) else {
      throw .invalid("repeat_days")
    }
    let yearAhead = zone.start(of: today + 366)
    let until = try fields.whole("repeat_until", in: 0...7_258_118_399) ?? yearAhead
    return .weekly(EntrySeries(weekdays: weekdays, fromClock: from, toClock: to, first: today, until: until))
  }
}
