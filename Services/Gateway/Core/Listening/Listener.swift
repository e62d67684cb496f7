import Loop
import Wire

/// One connection that listens to one room, whatever carries it.
@LoopActor
final class Listener: SessionHolder {
  /// Why a listener is one no longer.
  enum End: String, CaseIterable, Sendable {
    case left, membership, session, slow, refused, unavailable, stopped
  }

  let user: UserID
  let name: String
  let room: String
  /// What it is told beside messages.
  let hears: FeedNotice.Kinds
  /// Nil when a trusted proxy named the user.
  let token: String?
  private let sink: any FeedSink
  private var backlog = Backlog()
  /// The last id it was given; nil while it reads pages and is not served with the others.
  private(set) var position: Int?
  /// Whose messages it does not want.
  var blocked: Set<UserID> = []
  /// Why it is over, once it is.
  private(set) var end: End?
  /// Whether it counts among the people of its room.
  var isPresent = false
  /// Whether nobody of the room had seen its user there before it came.
  var isNews = false

  init(_ identity: Identity, in room: String, token: String?, hears: FeedNotice.Kinds, on sink: any FeedSink) {
    user = identity.user
    name = identity.name ?? ""
    self.room = room
    self.hears = hears
    self.token = token
    self.sink = sink
  }

  /// Gives a page of the past; the reader waits for `hasRoom` between two of them.
  func replay(_ lines: [FeedLine]) {
    if let batch = wanted(FeedBatch(lines)) { _ = sink.send(batch) }
  }

  /// Joins those who are served live, with what they were given above the id this one has.
  func follow(_ lines: [FeedLine], from id: Int) {
    replay(lines)
    position = lines.last?.id ?? id
  }

  private func wanted(_ batch: FeedBatch) -> FeedBatch? {
    if batch.lines.isEmpty { return nil }
    return blocked.isEmpty ? batch : batch.without(blocked)
  }

  var place: Place { Place(user: user, room: room) }

  /// Queues a notice, if it is one for this listener; false when it had to be left out, for a backlog is bounded and a
  /// notice is no message.
  func tell(_ notice: FeedNotice) -> Bool {
    guard end == nil, position != nil, hears.contains(notice.kind), notice.about.map(isHeard) ?? true else {
      return true
    }
    guard sink.queuedBytes < Backlog.mostBytes / 2 else { return false }
    _ = sink.send(notice)
    return true
  }

  private func isHeard(_ other: UserID) -> Bool { other != user && !blocked.contains(other) }

  /// Passes on what it has not had; false when it reads too slowly to be served on.
  func deliver(_ batch: FeedBatch) -> Bool {
    guard end == nil, let position, let rest = batch.above(position) else { return true }
    self.position = rest.lines[rest.lines.count - 1].id
    guard let batch = wanted(rest) else { return true }
    let queued = sink.queuedBytes
    let bytes = sink.send(batch)
    return backlog.admits(events: batch.lines.count, bytes: bytes, queued: queued)
  }

  /// How long a reader of the past may stand still.
  private static let patience = Duration.seconds(30)

  /// Waits until a further page can be queued; false when the connection is over or stands still.
  func hasRoom() async -> Bool {
    let deadline = ContinuousClock.now + Listener.patience
    while end == nil, sink.queuedBytes > Backlog.mostBytes / 4 {
      guard ContinuousClock.now < deadline, (try? await pause(for: .milliseconds(10))) != nil else { return false }
    }
    return end == nil
  }

  /// Ends it once; answers whether it was open still.
  func finish(_ end: End) -> Bool {
    guard self.end == nil else { return false }
    self.end = end
    sink.close()
    return true
  }
}
