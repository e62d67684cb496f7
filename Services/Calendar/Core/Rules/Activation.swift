import Almanac
import JSON
import Wire

/// The time that a creator has chosen for a poll (E6).
struct Activation: Sendable, Equatable {
  let start: Int
  let end: Int

  /// The end is the start and the poll's length unless an earlier one is given.
  init(_ fields: LooseFields, zone: Zone, minutes: Int, now: Int) throws(Failure) {
    guard fields.has("startTime") else { throw .missing("startTime") }
    guard let start = ClientTime.moment(fields.object["startTime"], in: zone), start >= now else {
      throw .invalid("startTime")
    }
    self.start = start
    let latest = start + minutes * 60
    guard fields.has("endTime") else {
      end = latest
      return
    }
    guard let given = ClientTime.moment(fields.object["endTime"], in: zone), given > start else {
      throw .invalid("endTime")
    }
    end = min(given, latest)
  }
}
