import JSON
import Wire

// What a calendar holds, each occurrence by itself, in the order in which it happens (U3).
extension Agenda {
  /// No item is written in fewer bytes, so more of them than so many need not be sorted.
  private static let leastItemBytes = 100

  /// One occurrence, and what it is one of.
  private struct Item {
    /// By its index: what is sorted shall be small.
    enum Source { case meeting(Int), entry(Int), imported(Int) }
    let source: Source
    let occurrence: Occurrence
    /// Among those of the same time the order they were found in.
    let place: Int

    var order: (Int, Int, Int) { (occurrence.start, occurrence.end, place) }
  }

  /// All that it holds within a range, by start and then by end. Nil when that is more than so many bytes.
  func schedule(of caller: Caller, within range: Range<Int>, atMost limit: Int) -> RawJSON? {
    guard let items = items(within: range, atMost: limit / Agenda.leastItemBytes) else { return nil }
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("response")
    writer.beginObject()
    writer.member("id", caller.user.text)
    writer.member("username", caller.username)
    writer.name("schedule")
    writer.beginArray()
    for item in items {
      switch item.source {
      case .meeting(let index): meetings[index].write(into: &writer)
      case .entry(let index): entries[index].write(item.occurrence, owner: caller.email ?? "", into: &writer)
      case .imported(let index): imported[index].write(item.occurrence, into: &writer)
      }
      guard writer.bytes.count <= limit else { return nil }
    }
    writer.endArray()
    writer.endObject()
    writer.endObject()
    return writer.raw
  }

  private func items(within range: Range<Int>, atMost most: Int) -> [Item]? {
    var items: [Item] = []
    func add(_ source: Item.Source, _ occurrences: [Occurrence]) -> Bool {
      for one in occurrences { items.append(Item(source: source, occurrence: one, place: items.count)) }
      return items.count <= most
    }
    for (index, meeting) in meetings.enumerated() where meeting.start < range.upperBound {
      guard add(.meeting(index), [Occurrence(start: meeting.start, end: meeting.end)]) else { return nil }
    }
    for (index, entry) in entries.enumerated() {
      guard add(.entry(index), entry.occurrences(within: range)) else { return nil }
    }
    for (index, entry) in imported.enumerated() {
      guard add(.imported(index), entry.occurrences(within: range)) else { return nil }
    }
    return items.sorted { $0.order < $1.order }
  }
}
