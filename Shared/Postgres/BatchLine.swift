/// Decides which waiting items make the next batch.
///
/// First come, first served; but an item whose key is in a batch under way stays in line with everything of its key behind
/// it, and so does, unless items of one key may go together, one whose key is already in the batch being made. So items of
/// one key are carried out in their order.
struct BatchLine<Ticket> {
  private struct Place {
    var ticket: Ticket
    var key: Int?
  }

  struct Batch {
    var tickets: [Ticket] = []
    fileprivate var keys: Set<Int> = []
  }

  let limit: Int
  let concurrency: Int
  /// Whether items of one key may share a batch.
  let together: Bool
  private var waiting: [Place] = []
  private var busyKeys: Set<Int> = []
  private var underway = 0

  init(limit: Int, concurrency: Int, together: Bool = false) {
    self.together = together
    self.limit = max(1, limit)
    self.concurrency = max(1, concurrency)
  }

  var count: Int { waiting.count }
  var isIdle: Bool { waiting.isEmpty && underway == 0 }

  mutating func join(_ ticket: Ticket, key: Int?) { waiting.append(Place(ticket: ticket, key: key)) }

  /// The next batch to run, nil when all runners are busy or nobody may go; to be asked again until nil.
  mutating func next() -> Batch? {
    guard underway < concurrency, !waiting.isEmpty else { return nil }
    var batch = Batch()
    var staying: [Place] = []
    var index = 0
    while index < waiting.count, batch.tickets.count < limit {
      let place = waiting[index]
      index += 1
      if let key = place.key {
        guard !busyKeys.contains(key), batch.keys.insert(key).inserted || together else {
          staying.append(place)
          continue
        }
      }
      batch.tickets.append(place.ticket)
    }
    guard !batch.tickets.isEmpty else { return nil }
    waiting.replaceSubrange(0..<index, with: staying)
    busyKeys.formUnion(batch.keys)
    underway += 1
    return batch
  }

  mutating func finished(_ batch: Batch) {
    busyKeys.subtract(batch.keys)
    underway -= 1
  }
}
