public import Almanac
import CIcal

/// A recurrence rule (RFC 5545), expanded by libical on wall clocks and then set into a zone.
///
/// So a weekly meeting at nine stays at nine when clocks change. Rules that repeat within a day are refused: nobody's
/// calendar needs them, and they would be a cheap way to keep a server busy.
public struct Recurrence: Sendable, Hashable {
  public enum Fault: Error { case malformed, tooFine }

  /// The rule's text without its name, such as `FREQ=WEEKLY;BYDAY=MO,WE`.
  public let rule: String

  /// Takes the value of an `RRULE`, with or without that name before it.
  public init(_ text: String) throws(Fault) {
    let rule = text.hasPrefix("RRULE:") ? String(text.dropFirst(6)) : text
    guard rule.utf8.count <= 512, !rule.utf8.contains(0) else { throw .malformed }
    Recurrence.prepare()
    switch carillon_rule_check(rule) {
    case CARILLON_RULE_GOOD: self.rule = rule
    case CARILLON_RULE_TOO_FINE: throw .tooFine
    default: throw .malformed
    }
  }

  /// Makes libical safe to call; by default some of its errors abort.
  static func prepare() { _ = isPrepared }

  private static let isPrepared: Bool = {
    carillon_ical_prepare()
    return true
  }()

  /// A series is followed no further than this many times, however far away the wanted ones are: fifty years of days.
  static let mostSteps = 20_000

  /// The wall-clock times of a series that starts with `first`, in order, for as long as the closure answers true.
  ///
  /// Starts that the rule does not name, such as a Tuesday of a rule for Mondays, are not of the series. Times before a
  /// moment may be left out where they are not wanted: each costs some microseconds, and an old series has thousands.
  public func forEach(
    from first: CivilTime,
    in zone: Zone,
    wanted moment: Int? = nil,
    _ body: (CivilTime) -> Bool
  ) {
    var until = [CChar](repeating: 0, count: 32)
    // A rule that never comes true cannot be followed at all.
    guard let series = open(from: first, after: start(of: moment, from: first, in: zone), &until) else { return }
    defer { carillon_recurrence_close(series) }
    let end = Until(String(decoding: until.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    var next = carillon_local_time()
    for _ in 0..<Recurrence.mostSteps {
      guard carillon_recurrence_next(series, &next), let time = CivilTime(next) else { return }
      guard end.allows(time, in: zone), body(time) else { return }
    }
  }

  private func open(from first: CivilTime, after: CivilTime?, _ until: inout [CChar]) -> OpaquePointer? {
    guard let after else { return carillon_recurrence_open(rule, carillon_local_time(first), nil, &until) }
    var skipped = carillon_local_time(after)
    return carillon_recurrence_open(rule, carillon_local_time(first), &skipped, &until)
  }

  /// Two days earlier than the moment, whatever the zone's clocks do in between; nil when that is no gain.
  private func start(of moment: Int?, from first: CivilTime, in zone: Zone) -> CivilTime? {
    guard let moment, moment > zone.moment(of: first) else { return nil }
    let start = CivilTime(zone.time(at: moment).date + -2, second: 0)
    return first < start ? start : nil
  }

  /// The moments at which a series starts within a range, at most `limit` of them.
  public func starts(from first: CivilTime, in zone: Zone, within range: Range<Int>, limit: Int) -> [Int] {
    var starts: [Int] = []
    forEach(from: first, in: zone, wanted: range.lowerBound) { time in
      let moment = zone.moment(of: time)
      if range.contains(moment) { starts.append(moment) }
      return moment < range.upperBound && starts.count < limit
    }
    return starts
  }
}

/// The end that a rule names: a day, a wall-clock time, or a moment in UTC. The last start may be exactly then.
private enum Until {
  case none
  case time(CivilTime)
  case moment(Int)

  init(_ text: String) {
    let digits = text.utf8.filter { (0x30...0x39).contains($0) }.map { Int($0 - 0x30) }
    func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
    guard digits.count >= 8, let date = CivilDate(year: number(0..<4), month: number(4..<6), day: number(6..<8)) else {
      self = .none
      return
    }
    guard digits.count == 14 else {
      self = .time(CivilTime(date, second: 86_399))
      return
    }
    let time = CivilTime(date, second: number(8..<10) * 3600 + number(10..<12) * 60 + number(12..<14))
    self = text.hasSuffix("Z") ? .moment(time.utc) : .time(time)
  }

  func allows(_ time: CivilTime, in zone: Zone) -> Bool {
    switch self {
    case .none: true
    case .time(let end): time <= end
    case .moment(let end): zone.moment(of: time) <= end
    }
  }
}

extension carillon_local_time {
  fileprivate init(_ time: CivilTime) {
    self.init(
      year: Int32(time.date.year),
      month: Int32(time.date.month),
      day: Int32(time.date.dayOfMonth),
      hour: Int32(time.second / 3600),
      minute: Int32(time.second / 60 % 60),
      second: Int32(time.second % 60)
    )
  }
}

extension CivilTime {
  fileprivate init?(_ time: carillon_local_time) {
    guard let date = CivilDate(year: Int(time.year), month: Int(time.month), day: Int(time.day)) else { return nil }
    self.init(date, second: Int(time.hour) * 3600 + Int(time.minute) * 60 + Int(time.second))
  }
}
