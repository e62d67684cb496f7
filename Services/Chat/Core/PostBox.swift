import Daemon
import Loop
import Postgres
import Time
import Wire

/// Gathers the messages that arrive while others are being stored, stores them together, then tells the listeners.
///
/// As many batches at a time as the operator says, but never with a room in common: a room's messages are stored in the
/// order in which they came. The listeners are told only of what is committed, before
/// the senders are; a listener that misses it finds the message in the history.
@LoopActor
final class PostBox {
  /// Less than a caller of the bus waits, so that it hears `unavailable` rather than nothing.
  static let patience = Duration.seconds(4)

  struct Item: Sendable {
    var post: Post
    /// The sender's id and name as they go to the listeners.
    var sender: UserID
    var username: String
  }

  private let store: ChatStore
  private let limit: Int
  private let concurrency: Int
  private let announce: @LoopActor (Chat.Posted) -> Void
  /// Called when notices were committed.
  private let noticed: @LoopActor () -> Void
  private let report: @LoopActor (ChatEvent) -> Void
  private var newest = NewestMessages()
  private lazy var batcher = Batcher<Item, Verdict>(
    limit: limit,
    concurrency: concurrency,
    key: { $0.post.room.hashValue },
    together: true,
    failed: { [report] in report(.databaseFailed($0, requests: $1)) },
    run: { [unowned self] in try await carry($0) }
  )

  init(
    _ store: ChatStore,
    limit: Int,
    concurrency: Int = 2,
    announce: @escaping @LoopActor (Chat.Posted) -> Void,
    noticed: @escaping @LoopActor () -> Void = {},
    report: @escaping @LoopActor (ChatEvent) -> Void
  ) {
    self.store = store
    self.limit = limit
    self.concurrency = concurrency
    self.announce = announce
    self.noticed = noticed
    self.report = report
  }

  func submit(_ item: Item) async throws(Failure) -> Verdict {
    do { return try await batcher.submit(item) } catch { throw Failure(database: error) }
  }

  private func carry(_ items: [Item]) async throws -> [Verdict] {
    let posts = items.map { item in
      var post = item.post
      post.knownID = newest.id(in: post.room)
      return post
    }
    let once = Repeats(of: posts)
    let verdicts = once.spread(try await store.until(.now + PostBox.patience).store(once.posts))
    if once.posts.contains(where: { !$0.notices.isEmpty }) { noticed() }
    var stored = 0
    for (item, verdict) in zip(items, verdicts) {
      guard let place = verdict.place, !place.isRepeat else { continue }
      stored += 1
      newest.note(place.id, in: item.post.room)
      announce(item.event(at: place))
    }
    report(.stored(messages: stored, refused: verdicts.count { $0.place == nil }))
    return verdicts
  }
}

extension PostBox.Item {
  fileprivate func event(at place: Verdict.Place) -> Chat.Posted {
    let entry = Chat.Entry(
      sender: sender,
      username: username,
      id: place.id,
      text: post.text,
      timestamp: post.sentAt.seconds
    )
    return Chat.Posted(in: Chat.RoomGID(post.room), previous: place.previous, entry)
  }
}
