/// A time zone of the IANA database, as this machine has it (`/usr/share/zoneinfo`).
///
/// Not libical's: it takes zones from the same files, but misplaces the changes of fourteen of them after 2037.
///
/// A wall clock that jumps makes times that never come or come twice. Here both are read by the offset that was valid
/// before the jump, as RFC 5545 wants: 02:30 in a gap of an hour is the moment that clocks call 03:30, and 01:30 that
/// comes twice is its first.
public struct Zone: Sendable {
  /// As in the database, such as `America/Vancouver`.
  public let name: String
  /// When the offset changes, in seconds since 1970, in order, to the year 2200.
  let changes: [Int]
  /// Seconds east of UTC before the first change, and after each.
  let offsets: [Int]

  init(name: String, changes: [Int], offsets: [Int]) {
    self.name = name
    self.changes = changes
    self.offsets = offsets
  }

  /// Seconds east of UTC at a moment.
  public func offset(at moment: Int) -> Int { offsets[period(at: moment)] }

  /// What clocks there show at a moment.
  public func time(at moment: Int) -> CivilTime { CivilTime(utc: moment + offset(at: moment)) }

  /// The moment at which clocks there show a time, by the rule above.
  public func moment(of time: CivilTime) -> Int {
    let wall = time.utc
    // No offset is more than a day, so the period is one of those around.
    let first = period(at: wall - 86_400)
    for period in first...period(at: wall + 86_400) {
      let moment = wall - offsets[period]
      let isBeforeEnd = period == changes.count || moment < changes[period]
      // In a gap the moment lies beyond this period's end by its own offset, and before the next one's start by that.
      let next = period == changes.count ? Int.max : wall - offsets[period + 1]
      if isBeforeEnd || next < changes[period] { return moment }
    }
    return wall - offsets[first]
  }

  /// The first moment of a day: midnight, or what comes after it where clocks jump over midnight.
  public func start(of date: CivilDate) -> Int { moment(of: CivilTime(date)) }

  private func period(at moment: Int) -> Int {
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= moment { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Zone {
  /// RFC 3339 with the zone's own offset, such as `2030-03-05T11:00:00-08:00`.
  public func text(of moment: Int) -> String {
    let offset = offset(at: moment)
    let minutes = abs(offset) / 60
    return "\(time(at: moment))\(offset < 0 ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
  }
}
