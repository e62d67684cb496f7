import Almanac
import JSON
import Wire

/// The time that a creator has chosen for a poll (E6).
struct Activation: Sendable, Equatable {
  let start: Int
  let end: Int

  /// A new time for a real event; without an end it takes as long as it did. Nil when no start is given.
  init?(moving event: EventRecord, _ fields: LooseFields, now: Int) throws(Failure) {
    guard fields.has("startTime") else { return nil }
    let minutes = ((event.ends ?? 0) - (event.starts ?? 0)) / 60
    let longest = fields.has("endTime") ? Activation.longest : minutes
    try self.init(fields, zone: event.zone, minutes: longest, now: now)
  }

  /// A day, as polls may ask for.
  private static let longest = 1440

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
