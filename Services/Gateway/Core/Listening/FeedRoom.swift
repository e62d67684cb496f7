import JSON
import Loop
import Wire

/// A room that somebody listens to here: its feed, its listeners, and what goes to them at the end of the turn.
@LoopActor
final class FeedRoom {
  /// So much is sent on without waiting for the turn's end.
  private static let mostGathered = 256 << 10

  let gid: String
  var feed = RoomFeed()
  private(set) var listeners: [Listener] = []
  /// Ends of memberships may have been missed: the next reading asks who is out.
  var mustCheckMembers = false
  private var gathered: [FeedLine] = []
  private var gatheredBytes = 0
  private var isFlushPlanned = false
  private let tooSlow: @LoopActor (Listener) -> Void
  private let delivered: @LoopActor (Int) -> Void

  init(
    _ gid: String,
    tooSlow: @escaping @LoopActor (Listener) -> Void,
    delivered: @escaping @LoopActor (_ lines: Int) -> Void
  ) {
    self.gid = gid
    self.tooSlow = tooSlow
    self.delivered = delivered
  }

  func add(_ listener: Listener) { listeners.append(listener) }

  func remove(_ listener: Listener) {
    guard let place = listeners.firstIndex(where: { $0 === listener }) else { return }
    listeners.swapAt(place, listeners.count - 1)
    listeners.removeLast()
  }

  /// Queues lines for all who follow; what comes within a turn goes in one write to each.
  func send(_ lines: [FeedLine]) {
    guard !lines.isEmpty else { return }
    gathered += lines
    for line in lines { gatheredBytes += line.entry.count }
    if gatheredBytes > FeedRoom.mostGathered { return flush() }
    guard !isFlushPlanned else { return }
    isFlushPlanned = true
    EventLoop.shared.atTurnEnd {
      LoopActor.assumeIsolated {
        self.isFlushPlanned = false
        self.flush()
      }
    }
  }

  /// Tells all who follow of something that is no message; it overtakes nothing that was said before it.
  func tell(_ notice: FeedNotice) {
    flush()
    for listener in listeners { listener.tell(notice) }
  }

  private func flush() {
    guard !gathered.isEmpty else { return }
    let batch = FeedBatch(gathered)
    gathered = []
    gatheredBytes = 0
    delivered(batch.lines.count * listeners.count)
    for listener in listeners where !listener.deliver(batch) { tooSlow(listener) }
  }
}

extension Chat.FeedPage {
  /// The page's messages as lines, which follow one another from the id that was asked for.
  func lines(after id: Int) -> [FeedLine] {
    var previous = id
    return items.map { item in
      defer { previous = item.id }
      return FeedLine(id: item.id, previous: previous, sender: item.sender, entry: item.entry.bytes)
    }
  }
}
