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
  /// How many of them hear each kind of notice.
  private var hearers: [FeedNotice.Kinds: Int] = [:]
  /// Those who had to go without a notice about people.
  private var behind: [Listener] = []
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

  func add(_ listener: Listener) {
    listeners.append(listener)
    count(listener, 1)
  }

  func remove(_ listener: Listener) {
    guard let place = listeners.firstIndex(where: { $0 === listener }) else { return }
    listeners.swapAt(place, listeners.count - 1)
    listeners.removeLast()
    count(listener, -1)
  }

  private func count(_ listener: Listener, _ step: Int) {
    for kind in FeedNotice.Kinds.each where listener.hears.contains(kind) { hearers[kind, default: 0] += step }
  }

  /// Whether anybody would be told a notice of the kind.
  func hears(_ kind: FeedNotice.Kinds) -> Bool { hearers[kind, default: 0] > 0 }

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
    guard hears(notice.kind) else { return }
    flush()
    for listener in listeners where !listener.tell(notice) && notice.kind == .people {
      if !behind.contains(where: { $0 === listener }) { behind.append(listener) }
    }
  }

  /// Gives those who went without the list that makes up for it, as far as they can take it now.
  func catchUp(_ list: @autoclosure () -> FeedNotice) {
    guard !behind.isEmpty else { return }
    let list = list()
    behind.removeAll { $0.end != nil || $0.tell(list) }
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
