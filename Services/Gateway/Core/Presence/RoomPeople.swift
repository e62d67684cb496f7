import Bus
import JSON
import Loop
import Wire

/// Tells the listeners of rooms who is there with them and who is typing, over all gateways.
///
/// The list that a listener gets first, and each notice after it, say how things are: whoever came while the list was made
/// may be told of again.
@LoopActor
final class RoomPeople {
  /// Notices gather for so long, so that a crowd that comes at once is not a notice each to each of them.
  private static let gathering = Duration.milliseconds(50)
  private static let look = Duration.milliseconds(500)

  /// The rooms that somebody listens to here.
  var room: @LoopActor (String) -> FeedRoom? = { _ in nil }
  let exchange: PresenceExchange
  private let chat: BusClient
  private var news = PresenceNews()
  private var typing = TypingTable()
  private var pace: TypingPace
  private var isGathering = false
  private lazy var gatherer = Timer { [unowned self] in tellNews() }
  private lazy var watch = Timer { [unowned self] in expire() }

  init(_ chat: BusClient, typingLimit: RateLimit?) {
    self.chat = chat
    pace = TypingPace(typingLimit)
    exchange = PresenceExchange(chat)
    exchange.came = { [unowned self] place, name in
      guard room(place.room) != nil else { return }
      news.came(place, name)
      gather()
    }
    exchange.went = { [unowned self] place, name in
      endTyping(place)
      guard room(place.room) != nil else { return }
      news.went(place, name)
      gather()
    }
    chat.subscribe(Chat.TypingNotice.self, joined: {}, received: { [unowned self] in take($0) })
  }

  // MARK: - Presence

  func enter(_ listener: Listener) {
    listener.isNews = !exchange.table.contains(listener.place)
    listener.isPresent = true
    exchange.enter(listener.place, name: listener.name)
  }

  func leave(_ listener: Listener) {
    guard listener.isPresent else { return }
    listener.isPresent = false
    exchange.leave(listener.place)
  }

  /// Everybody in a room, as a client is shown it.
  func present(in room: String) -> RawJSON {
    var writer = JSONWriter()
    writer.beginArray()
    for person in exchange.table.people(in: room) {
      let isTyping = typing.contains(Place(user: person.user, room: room))
      writer.person(person.user, person.name, typing: isTyping ? true : nil)
    }
    writer.endArray()
    return writer.raw
  }

  func list(of room: String) -> FeedNotice { FeedNotice("present", present(in: room), for: .people) }

  private func gather() {
    guard !isGathering else { return }
    isGathering = true
    gatherer.arm(after: RoomPeople.gathering)
  }

  private func tellNews() {
    isGathering = false
    for (gid, changes) in news.take() {
      guard let room = room(gid) else { continue }
      if room.hears(.people) { room.tell(.presence(changes)) }
      guard room.hears(.arrivals) else { continue }
      for name in changes.joined.values { room.tell(.arrival("join_room", name)) }
      for name in changes.left.values { room.tell(.arrival("leave_room", name)) }
    }
  }

  // MARK: - Typing

  /// Somebody says that they type, or do not any more. They must be a member of the room; `rate_limited` when they say it
  /// too often.
  func type(_ place: Place, name: String, isTyping: Bool) async throws(Failure) {
    switch pace.judge(place, isTyping: isTyping, at: .now) {
    case .known: return
    case .tooFast(let wait):
      throw Failure(.rateLimited, reason: "typing", retryAfter: max(1, Int(wait.inSeconds.rounded(.up))))
    case .tell:
      _ = try await chat.call(Chat.TypingNotice(at: place.wire(name: name), isTyping: isTyping), CallContext())
    }
  }

  /// Members only; whoever listens was proven to be one.
  func mustBeMember(_ place: Place, _ context: CallContext) async throws(Failure) {
    guard !exchange.table.contains(place) else { return }
    _ = try await chat.call(Chat.CheckMember(of: Chat.RoomGID(place.room)), context)
  }

  /// Whether nothing would come of telling who has said something.
  var isQuiet: Bool { typing.isEmpty && pace.isEmpty }

  /// What somebody has said they are not typing any more.
  func said(_ place: Place) {
    pace.forget(place)
    if !typing.isEmpty { endTyping(place) }
  }

  private func take(_ notice: Chat.TypingNotice) {
    let (place, name) = (Place(notice.place), notice.place.name ?? "")
    guard notice.isTyping else { return endTyping(place) }
    if typing.isEmpty { watch.arm(after: RoomPeople.look, every: RoomPeople.look) }
    if typing.begin(place, name: name, at: .now) { tellTyping(place, name, true) }
  }

  private func endTyping(_ place: Place) {
    guard let name = typing.end(place) else { return }
    tellTyping(place, name, false)
    if typing.isEmpty { watch.disarm() }
  }

  private func expire() {
    for (place, name) in typing.expire(at: .now) { tellTyping(place, name, false) }
    if typing.isEmpty { watch.disarm() }
  }

  private func tellTyping(_ place: Place, _ name: String, _ isTyping: Bool) {
    guard let room = room(place.room), room.hears(.people) else { return }
    var writer = JSONWriter()
    writer.person(place.user, name, typing: isTyping)
    room.tell(FeedNotice("typing", writer.raw, for: .people, about: place.user))
  }
}

extension FeedNotice {
  fileprivate static func presence(_ changes: PresenceNews.Room) -> FeedNotice {
    let data = RawJSON.object { writer in
      writer.people("joined", changes.joined)
      writer.people("left", changes.left)
    }
    return FeedNotice("presence", data, for: .people)
  }

  /// As the original told it (chat.md 5).
  static func arrival(_ kind: StaticString, _ name: String) -> FeedNotice {
    FeedNotice(kind, .object { $0.member("user", name) }, for: .arrivals)
  }
}

extension JSONWriter {
  fileprivate mutating func person(_ user: UserID, _ name: String, typing: Bool? = nil) {
    beginObject()
    member("uuid", user.text)
    member("username", name)
    member("typing", typing)
    endObject()
  }

  /// A list, left out when there is nobody in it.
  fileprivate mutating func people(_ name: StaticString, _ people: [UserID: String]) {
    guard !people.isEmpty else { return }
    self.name(name)
    beginArray()
    for (user, name) in people { person(user, name) }
    endArray()
  }
}
