import Bus
import JSON
import Loop
import SocketIO
import Time
import Wire

/// One socket of somebody who is a member of events.
@LoopActor
final class EventMember: SessionHolder {
  let user: UserID
  let session: SessionID?
  let token: String?
  let socket: Socket

  init(_ identity: Identity, token: String, on socket: Socket) {
    user = identity.user
    session = identity.session
    self.token = token
    self.socket = socket
  }
}

/// The planner's event chats over Socket.IO (jarvis.md 3.7): members write with `<event>.send`, hear `<event>.message`, and
/// are told by `event` of each event whose room they come into.
@LoopActor
final class EventSockets {
  private static let retryPause = Duration.milliseconds(500)

  private let chat: BusClient
  private let talk: EventTalk
  private let presence: PresenceExchange
  private let authenticator: Authenticator
  private let sessions: SessionWatch<EventMember>
  private var audience = EventAudience<EventMember>()

  init(
    chat: BusClient,
    _ talk: EventTalk,
    _ presence: PresenceExchange,
    _ authenticator: Authenticator,
    clock: WallClock
  ) {
    self.chat = chat
    self.talk = talk
    self.presence = presence
    self.authenticator = authenticator
    sessions = SessionWatch(authenticator, clock: clock)
    sessions.lost = { $0.socket.disconnect() }
    chat.subscribe(Chat.PostedToEvent.self, joined: {}, received: { [unowned self] in posted($0.entry) })
    chat.subscribe(
      Chat.EventMembersChanged.self,
      joined: { [unowned self] in onLoop { self.listAgain() } },
      received: { [unowned self] in changed($0) }
    )
  }

  // MARK: - Sockets

  /// Nothing comes back on success; a second time replaces the identity.
  func authenticate(_ client: AppClient, _ argument: RawJSON?) async {
    let fields = (try? argument?.value())?.object
    guard let token = fields?["idToken"]?.string, !token.isEmpty else { return refuse(client, "authentication failed") }
    do throws(Failure) {
      let identity = try await authenticator.identity(token: token, Authenticator.key(of: token))
      guard client.socket.isConnected else { return }
      leave(client)
      client.isKnown()
      let member = EventMember(identity, token: token, on: client.socket)
      client.member = member
      sessions.add(member)
      if audience.add(member, of: member.user) { await list(member.user) }
    } catch {
      refuse(client, error.word == .unauthenticated ? "authentication failed" : "service unavailable")
    }
  }

  func leave(_ client: AppClient) {
    guard let member = client.member else { return }
    client.member = nil
    sessions.remove(member)
    audience.remove(member, of: member.user)
    tellPresence()
  }

  func post(_ argument: RawJSON?, to name: String, from client: AppClient) async {
    guard let member = client.member else { return refuse(client, "not authenticated") }
    let context = CallContext(user: member.user, session: member.session)
    do throws(Failure) {
      _ = try await talk.say(argument ?? .emptyObject, to: CalendarEventID(loose: name), context)
    } catch {
      refuse(client, EventSockets.text(of: error))
    }
  }

  private func refuse(_ client: AppClient, _ text: String) {
    client.socket.emit("error", [.object { $0.member("msg", text) }])
  }

  private static func text(of failure: Failure) -> String {
    switch failure.word {
    case .missing, .invalid: "invalid message"
    case .notFound, .forbidden: "unknown event"
    case .conflict where failure.reason == Calendar.Reason.tentative.rawValue: "unknown event"
    case .rateLimited: "too many messages"
    case .unauthenticated: "not authenticated"
    case .conflict, .unavailable, .unknownCall, .internal: "service unavailable"
    }
  }

  // MARK: - What chat tells

  private func posted(_ entry: Chat.EventEntry) {
    let listeners = audience.holders(of: entry.event)
    guard !listeners.isEmpty else { return }
    let message = RawJSON.object { writer in
      writer.member("name", entry.name)
      writer.member("message", entry.text)
      writer.member("date", entry.date)
      writer.member("time", entry.time)
      writer.member("timestamp", entry.timestamp)
      writer.member("event", entry.event.text)
      writer.member("sender", entry.email ?? entry.sender.text)
    }
    let packet = PreparedPacket(event: "\(entry.event.text).message", [message])
    for member in listeners { member.socket.send(packet) }
  }

  private func changed(_ change: Chat.EventMembersChanged) {
    defer { tellPresence() }
    for user in change.left { audience.leave(change.event, user) }
    let news = RawJSON.object { $0.member("msg", change.event.text) }
    for user in change.entered where audience.enter(change.event, user) {
      for member in audience.holders(of: user) { member.socket.emit("event", [news]) }
    }
  }

  // MARK: - Lists

  /// Asks for the user's events; what changes meanwhile counts more than the answer. While chat is away it is asked again
  /// behind the caller's back, whose socket has more to say.
  private func list(_ user: UserID) async {
    audience.beginList(user)
    guard !(await isListed(user)) else { return }
    onLoop {
      while !self.audience.holders(of: user).isEmpty {
        try? await pause(for: EventSockets.retryPause)
        if await self.isListed(user) { return }
      }
    }
  }

  private func isListed(_ user: UserID) async -> Bool {
    guard let rooms = try? await chat.call(Chat.ListEventRooms(), CallContext(user: user)) else { return false }
    audience.endList(user, rooms.events)
    tellPresence()
    return true
  }

  /// All gateways know who hears an event live, so that nobody is sent a push on top of it.
  private func tellPresence() {
    for move in audience.takeMoves() {
      let place = Place(user: move.user, room: move.event.text)
      if move.isIn { presence.enter(place, name: "") } else { presence.leave(place) }
    }
  }

  /// Changes may have been missed.
  private func listAgain() {
    for user in audience.users { onLoop { await self.list(user) } }
  }
}
