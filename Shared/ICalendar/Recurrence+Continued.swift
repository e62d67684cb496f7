public import Almanac

extension Recurrence {
  /// The same series from its first time after a moment on, as a rule and a first time of its own, so that an old series
  /// costs no more than a young one. Nil when nothing is left of it, or the steps run out first.
  ///
  /// Any time of a series can be its first: the weeks, months or years that an interval leaves out stay the same. Only a
  /// count must be lowered. A rule that never comes true counts as the longest series: libical looks for centuries.
  public func continued(
    from first: CivilTime,
    in zone: Zone,
    after moment: Int,
    steps: inout Int
  ) -> (rule: String, first: CivilTime)? {
    var passed = 0
    var found: CivilTime?
    var left = steps
    forEach(from: first, in: zone) { time in
      left -= 1
      guard left > 0 else { return false }
      guard zone.moment(of: time) <= moment else {
        found = time
        return false
      }
      passed += 1
      return true
    }
    steps = found == nil && passed == 0 ? left - Recurrence.mostSteps : left
    return found.map { (lowered(by: passed), $0) }
  }

  private func lowered(by passed: Int) -> String {
    guard passed > 0 else { return rule }
    let parts = rule.split(separator: ";").map { part in
      guard part.uppercased().hasPrefix("COUNT="), let count = Int(part.dropFirst(6)) else { return String(part) }
      return "COUNT=\(count - passed)"
    }
    return parts.joined(separator: ";")
  }
}
