import Bus
import Loop
import Outbox
import Postgres
import Time
import Wire

/// Answers chat's calls. Checks come in the order of the contract (chat.md 2), so that a request with several faults is
/// always told the same one.
@LoopActor
final class ChatHandler {
  let store: ChatStore
  let report: @LoopActor (ChatEvent) -> Void
  let clock: WallClock
  let tell: @LoopActor (any Event) -> Void
  let people: People
  private let box: PostBox
  var rate: SendRate<UUIDValue>?
  var guesses: GuessLimit<UUIDValue>

  init(
    _ configuration: ChatConfiguration,
    _ store: ChatStore,
    _ people: People,
    _ box: PostBox,
    clock: WallClock,
    tell: @escaping @LoopActor (any Event) -> Void,
    report: @escaping @LoopActor (ChatEvent) -> Void
  ) {
    self.store = store
    self.people = people
    self.box = box
    self.clock = clock
    self.tell = tell
    self.report = report
    let limited = configuration.limitsAreOn
    rate = limited ? SendRate(perSecond: configuration.sendRate, burst: configuration.sendBurst) : nil
    guesses = GuessLimit(limit: limited ? configuration.guesses : nil)
  }

  func register(on bus: BusServer) {
    bus.on(Chat.SendMessage.self) { try await self.send($0, $1) }
    bus.on(Chat.History.self) { try await self.history($0, $1) }
    bus.on(Chat.OpenFeed.self) { try await self.openFeed($0, $1) }
    bus.on(Chat.ReadFeed.self) { try await self.readFeed($0, $1) }
    bus.on(Chat.SetEventRoom.self) { try await self.setEventRoom($0, $1) }
    bus.on(Chat.EraseEventRoom.self) { try await self.eraseEventRoom($0, $1) }
    bus.on(Chat.PostToEvent.self) { try await self.post($0, $1) }
    bus.on(Chat.EventHistory.self) { try await self.history($0, $1) }
    bus.on(Chat.ListEventRooms.self) { try await self.listEvents($0, $1) }
    bus.on(Chat.MarkRead.self) { try await self.markRead($0, $1) }
    bus.on(Chat.EditMessage.self) { try await self.edit($0, $1) }
    bus.on(Chat.DeleteMessage.self) { try await self.delete($0, $1) }
    bus.on(Chat.ReportMessage.self) { try await self.report($0, $1) }
    bus.on(Chat.BlockUser.self) { try await self.block($0, $1) }
    bus.on(Chat.ListBlocked.self) { try await self.listBlocked($0, $1) }
    bus.on(Chat.SearchMessages.self) { try await self.search($0, $1) }
    bus.on(Chat.ExportMessages.self) { try await self.export($0, $1) }
    bus.on(Chat.EraseUser.self) { try await self.erase($0, $1) }
    bus.on(Chat.CreateRoom.self) { try await self.create($0, $1) }
    bus.on(Chat.JoinRoom.self) { try await self.join($0, $1) }
    bus.on(Chat.LeaveRoom.self) { try await self.leave($0, $1) }
    bus.on(Chat.ListRooms.self) { try await self.list($0, $1) }
    bus.on(Chat.LockRoom.self) { try await self.lock($0, $1) }
    bus.on(Chat.RemoveMember.self) { try await self.remove($0, $1) }
    bus.on(Chat.CheckMember.self) { try await self.checkMember($0, $1) }
    bus.on(Chat.PresenceReport.self) { report, _ in self.passOn(report) }
    bus.on(Chat.TypingNotice.self) { notice, _ in self.passOn(notice) }
  }

  // MARK: - Messages

  func send(_ call: Chat.SendMessage, _ context: CallContext) async throws(Failure) -> Chat.Receipt {
    let caller = try await caller(of: context)
    let draft = try MessageDraft(call)
    try countMessage(of: caller)
    try check(draft.room, caller)
    let verdict = try await store(draft, caller, key: context.key, mayEnter: mayGuess(caller))
    guard let place = verdict.place else { throw refusal(verdict.standing, caller) }
    if verdict.standing == .newcomer { report(.changed(.entered)) }
    return Chat.Receipt(id: place.id, timestamp: place.sentAt.seconds)
  }

  func store(
    _ draft: MessageDraft,
    _ caller: Caller,
    key: String?,
    mayEnter: Bool,
    notices: [OutboxDraft] = []
  ) async throws(Failure) -> Verdict {
    var post = Post(
      room: draft.room,
      sender: caller.id,
      text: draft.text,
      sentAt: clock.now(),
      mayEnter: mayEnter,
      key: key
    )
    post.notices = notices
    let sender = UserID(caller.id.description)
    return try await box.submit(PostBox.Item(post: post, sender: sender, username: caller.signature.name))
  }

  func history(_ call: Chat.History, _ context: CallContext) async throws(Failure) -> Chat.Page {
    let caller = try await caller(of: context)
    let room = try call.room.required("room_gid")
    let range = try HistoryRange(call)
    try check(room, caller)
    let store = store.until(context.deadline)
    var page = try await asking { try await store.messages(of: room, for: caller.id, in: range) }
    if page.role.standing == .newcomer {
      try await admit(caller, to: room, store)
      page = try await asking { try await store.messages(of: room, for: caller.id, in: range) }
    }
    guard page.role.standing == .member else { throw refusal(page.role.standing, caller) }
    report(.read(messages: page.messages.count))
    let names = await people.signatures(of: Set(page.messages.map(\.sender)))
    return Chat.Page(page.messages.map { Chat.Entry($0, username: names[$0.sender]?.name ?? "") })
  }

  /// The first reading of a room makes a member, unless the reader has guessed too often: then good codes look like bad
  /// ones.
  func admit(_ caller: Caller, to room: String, _ store: ChatStore) async throws(Failure) {
    guard mayGuess(caller) else { throw refusal(.outsider, caller) }
    let entered = try await asking {
      try await store.enter(room, caller.id, returning: false, at: self.clock.now())
    }
    guard entered.role.standing == .member else { throw refusal(entered.role.standing, caller) }
    report(.changed(.entered))
  }
}

extension Chat.Entry {
  init(_ message: KeptMessage, username: String) {
    self.init(
      sender: UserID(message.sender.description),
      username: username,
      id: message.id,
      text: message.text,
      timestamp: message.sentAt.seconds,
      edited: message.editedAt?.seconds
    )
  }
}
