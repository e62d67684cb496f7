import Bus
import JSON
import Loop
import Time
import Wire

/// The live feeds of chat's rooms in this process: who listens, and the way of every message to them.
///
/// A room is known here from its first listener to its last. Whoever joins reads what it asks for in pages and is then
/// served with the others; `RoomFeed` keeps both without gap and double.
@LoopActor
final class ChatFeeds {
  /// Rooms that read at once after an interruption; the others wait their turn.
  private static let mostReaders = 32
  private static let retryPause = Duration.milliseconds(200)

  var limits: ListenLimits
  let people: RoomPeople
  private let chat: BusClient
  private let report: @LoopActor (ListenEvent) -> Void
  private let sessions: SessionWatch<Listener>
  private var rooms: [String: FeedRoom] = [:]
  private var readers = 0
  private var toRead: [(room: FeedRoom, after: Int)] = []

  init(
    chat: BusClient,
    authenticator: Authenticator,
    clock: WallClock,
    limits: ListenLimits,
    typingLimit: RateLimit?,
    report: @escaping @LoopActor (ListenEvent) -> Void
  ) {
    self.chat = chat
    self.limits = limits
    self.report = report
    people = RoomPeople(chat, typingLimit: typingLimit)
    sessions = SessionWatch(authenticator, clock: clock)
    sessions.lost = { [unowned self] in end($0, .session) }
    chat.subscribe(
      Chat.Posted.self,
      joined: { [unowned self] in onLoop { self.interrupted() } },
      wanted: { [unowned self] in concerns($0) },
      received: { [unowned self] in posted($0) }
    )
    chat.subscribe(Chat.MembershipEnded.self, joined: {}, received: { [unowned self] in membershipEnded($0) })
    chat.subscribe(Chat.MessageChanged.self, joined: {}, received: { [unowned self] in changed($0) })
    chat.subscribe(Chat.BlockChanged.self, joined: {}, received: { [unowned self] in blockChanged($0) })
    people.room = { [unowned self] in rooms[$0] }
    people.exchange.beaten = { [unowned self] in
      for room in rooms.values { room.catchUp(people.list(of: room.gid)) }
    }
  }

  /// Begins to exchange with other gateways who listens here and there.
  func start() { people.exchange.start() }

  // MARK: - Listeners

  /// Lets a proven user listen: returns when the room has taken it in, with its first page queued; the rest follows as
  /// the connection drains. Throws chat's refusal, or `rate_limited` at a limit; then, as when it ends later by itself, the
  /// listener's connection is closed.
  func join(_ listener: Listener, session: SessionID?, after: Int?) async throws(Failure) {
    guard limits.enter(listener.user.text, room: listener.room) else {
      _ = listener.finish(.refused)
      throw Failure(.rateLimited, reason: "listeners")
    }
    let room = room(listener.room)
    room.add(listener)
    sessions.add(listener)
    report(.joined)
    room.feed.beginJoin()
    do throws(Failure) {
      let context = CallContext(user: listener.user, session: session, isRepeatable: true)
      let page = try await chat.call(Chat.OpenFeed(listener.room, after: after), context)
      guard listener.end == nil else { throw Failure(.unauthenticated) }
      listener.blocked.formUnion(page.blocked)
      people.enter(listener)
      if give(page, after: after ?? page.through, to: listener, in: room) {
        room.feed.endJoin()
      } else {
        onLoop { await self.replay(to: listener, in: room, after: page.through) }
      }
    } catch {
      room.feed.endJoin()
      end(listener, error.word == .unavailable ? .unavailable : .refused)
      throw error
    }
  }

  private func replay(to listener: Listener, in room: FeedRoom, after id: Int) async {
    defer { room.feed.endJoin() }
    var asked = id
    while listener.end == nil {
      guard await listener.hasRoom() else { return end(listener, .slow) }
      let call = Chat.ReadFeed(Chat.RoomGID(room.gid), after: asked)
      guard let page = try? await chat.call(call, CallContext(isRepeatable: true)) else {
        return end(listener, .unavailable)
      }
      if give(page, after: asked, to: listener, in: room) { return }
      asked = page.through
    }
  }

  /// Queues a page; true when it was the last and the listener follows.
  private func give(_ page: Chat.FeedPage, after id: Int, to listener: Listener, in room: FeedRoom) -> Bool {
    listener.replay(page.lines(after: id))
    guard !page.hasMore, let lines = room.feed.since(page.through) else { return false }
    listener.follow(lines, from: page.through)
    if listener.hears.contains(.people) { _ = listener.tell(people.list(of: room.gid)) }
    perform(room.feed.settle(), in: room)
    return true
  }

  /// Ends a listener, whatever the reason; a repeat does nothing.
  func end(_ listener: Listener, _ reason: Listener.End) {
    guard listener.finish(reason) else { return }
    limits.leave(listener.user.text, room: listener.room)
    people.leave(listener)
    sessions.remove(listener)
    report(.ended(reason))
    guard let room = rooms[listener.room] else { return }
    room.remove(listener)
    if room.listeners.isEmpty { rooms[listener.room] = nil }
  }

  /// Ends all of them: the process is about to. Waits until other gateways were told.
  func endAll() async {
    for room in Array(rooms.values) {
      for listener in room.listeners { end(listener, .stopped) }
    }
    await people.exchange.end()
  }

  private func room(_ gid: String) -> FeedRoom {
    if let known = rooms[gid] { return known }
    let room = FeedRoom(
      gid,
      tooSlow: { [unowned self] in end($0, .slow) },
      delivered: { [unowned self] in report(.delivered(lines: $0)) }
    )
    rooms[gid] = room
    return room
  }

  // MARK: - Events

  /// Most messages are of rooms that nobody listens to here, and taking one apart costs more than asking for its room.
  private func concerns(_ event: RawJSON) -> Bool {
    guard people.isQuiet else { return true }
    guard !rooms.isEmpty else { return false }
    return Chat.Posted.room(of: event).map { rooms[$0.text] != nil } ?? true
  }

  private func posted(_ event: Chat.Posted) {
    people.said(Place(user: event.sender, room: event.room.text))
    guard let room = rooms[event.room.text] else { return }
    let line = FeedLine(id: event.id, previous: event.previous, sender: event.sender, entry: event.entry.bytes)
    perform(room.feed.posted(line), in: room)
  }

  private func membershipEnded(_ event: Chat.MembershipEnded) {
    guard let room = rooms[event.room.text] else { return }
    for listener in room.listeners where listener.user == event.user { end(listener, .membership) }
  }

  private func changed(_ event: Chat.MessageChanged) {
    guard let room = rooms[event.room.text] else { return }
    let deletion = RawJSON.object { $0.member("msgId", event.id) }
    let notice = event.entry.map { FeedNotice("edited", $0, for: .changes) }
    room.tell(notice ?? FeedNotice("deleted", deletion, for: .changes))
  }

  /// Rare, and there is no list of a user's listeners: all are looked at.
  private func blockChanged(_ event: Chat.BlockChanged) {
    for room in rooms.values {
      for listener in room.listeners where listener.user == event.user {
        if event.blocked { listener.blocked.insert(event.other) } else { listener.blocked.remove(event.other) }
      }
    }
  }

  /// A copy of chat is back, or new: what it told meanwhile is in the store.
  private func interrupted() {
    for room in rooms.values {
      room.mustCheckMembers = true
      perform(room.feed.interrupted(), in: room)
    }
  }

  // MARK: - Reading

  private func perform(_ step: RoomFeed.Step, in room: FeedRoom) {
    room.send(step.lines)
    guard let after = step.readAfter else { return }
    toRead.append((room, after))
    guard readers < ChatFeeds.mostReaders else { return }
    readers += 1
    onLoop {
      while !self.toRead.isEmpty {
        let next = self.toRead.removeFirst()
        await self.read(next.room, after: next.after)
      }
      self.readers -= 1
    }
  }

  /// Reads until the feed wants no more. It goes on trying for as long as somebody listens: there is no other way on.
  private func read(_ room: FeedRoom, after id: Int) async {
    var next: Int? = id
    while let after = next, !room.listeners.isEmpty {
      let users = room.mustCheckMembers ? Set(room.listeners.map(\.user)) : []
      let call = Chat.ReadFeed(Chat.RoomGID(room.gid), after: after, listeners: Array(users))
      guard let page = try? await chat.call(call, CallContext(isRepeatable: true)) else {
        try? await pause(for: ChatFeeds.retryPause)
        continue
      }
      if !users.isEmpty { room.mustCheckMembers = false }
      let step = room.feed.page(page.lines(after: after), through: page.through, hasMore: page.hasMore)
      room.send(step.lines)
      next = step.readAfter
      for listener in room.listeners where page.outsiders.contains(listener.user) { end(listener, .membership) }
    }
  }
}

/// What the feeds report.
enum ListenEvent: Sendable {
  case joined
  case ended(Listener.End)
  /// Lines by listeners, before those who had them already are left out.
  case delivered(lines: Int)
}
