/// Who must be looked at when, the earliest first: a binary heap, so that ten thousand sessions need one timer.
///
/// An entry is not taken back when its session's deadline moves; whoever takes it looks what the deadline is by then.
struct Agenda<Item> {
  private var entries: [(time: Int64, item: Item)] = []

  var earliest: Int64? { entries.first?.time }
  var count: Int { entries.count }

  mutating func add(_ item: Item, at time: Int64) {
    entries.append((time, item))
    var child = entries.count - 1
    while child > 0, entries[child].time < entries[(child - 1) / 2].time {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the earliest item if its time has come.
  mutating func take(due now: Int64) -> Item? {
    guard let first = entries.first, first.time <= now else { return nil }
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    sink()
    return first.item
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < entries.count else { return }
      if child + 1 < entries.count, entries[child + 1].time < entries[child].time { child += 1 }
      guard entries[child].time < entries[parent].time else { return }
      entries.swapAt(child, parent)
      parent = child
    }
  }
}
