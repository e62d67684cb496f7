import Almanac
import JSON
import Wire

/// One person's answer to a poll (E3).
struct Vote: Sendable, Equatable {
  static let mostSlots = 200

  var declined = false
  /// In the order given, within the time that the poll is about.
  var slots: [Slot] = []

  struct Slot: Sendable, Equatable {
    /// Unix seconds, on whole minutes.
    var start: Int
    var end: Int
    var weight = 1.0
  }
}

extension Vote {
  /// Reads an answer; parts of slots outside of what is still open are cut off, and none may be left over from slots that
  /// were given. No slots and no refusal means "comes, whenever it is".
  init(_ fields: LooseFields, declined: Bool, zone: Zone, open: Range<Int>) throws(Failure) {
    self.declined = declined || fields.flag("declined")
    guard !self.declined, fields.has("timeslots") else { return }
    guard let values = fields.object["timeslots"]?.array, values.count <= Vote.mostSlots else {
      throw .invalid("timeslots")
    }
    for value in values {
      guard let object = value.object else { throw .invalid("timeslots") }
      if let slot = try Slot(LooseFields(object), zone: zone).cut(to: open) { slots.append(slot) }
    }
    guard values.isEmpty || !slots.isEmpty else { throw .invalid("timeslots") }
  }
}

extension Vote.Slot {
  fileprivate init(_ fields: LooseFields, zone: Zone) throws(Failure) {
    guard let start = ClientTime.moment(fields.object["startTime"], in: zone) else { throw .invalid("startTime") }
    guard let end = ClientTime.moment(fields.object["endTime"], in: zone), start < end else {
      throw .invalid("endTime")
    }
    let weight = try fields.number("weight") ?? 1
    guard weight > 0, weight <= 1_000_000 else { throw .invalid("weight") }
    self.init(start: start.roundedUpToMinute, end: end / 60 * 60, weight: weight)
  }

  fileprivate func cut(to open: Range<Int>) -> Vote.Slot? {
    var slot = self
    slot.start = max(start, open.lowerBound.roundedUpToMinute)
    slot.end = min(end, open.upperBound)
    return slot.start < slot.end ? slot : nil
  }
}

extension Int {
  /// Unix seconds, from which times are proposed: nobody meets at 10:00:07.
  var roundedUpToMinute: Int { (self + 59) / 60 * 60 }
}
