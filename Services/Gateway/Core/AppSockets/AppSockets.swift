import JSON
import Loop
import SocketIO
import Wire

/// The Socket.IO server of two products at the host's root: chat's rooms (chat.md 5, end) and the planner's events
/// (jarvis.md 3.7). What a client first says tells which it is; one that does not say who it is in time is closed.
@LoopActor
final class AppSockets {
  private static let patience = Duration.seconds(10)

  let server: SocketIOServer
  private let rooms: RoomSockets
  private let events: EventSockets

  init(
    _ settings: EngineSettings,
    rooms: RoomSockets,
    events: EventSockets,
    report: @escaping @LoopActor (SocketIOEvent) -> Void
  ) {
    self.rooms = rooms
    self.events = events
    server = SocketIOServer(settings, events: report)
    server.namespace().connect = { [unowned self] socket, _ in
      welcome(socket)
      return .accept
    }
  }

  private func welcome(_ socket: Socket) {
    let client = AppClient(socket)
    socket.context = client
    client.await(atMost: AppSockets.patience)
    socket.received = { [unowned self] message in await received(message, from: client) }
    socket.left = { [unowned self] _ in left(client) }
  }

  private func received(_ message: SocketMessage, from client: AppClient) async {
    switch message.name {
    case "auth": await rooms.enter(client, message.arguments.first)
    case "typing": await rooms.type(client, message.arguments.first)
    case "authenticate": await events.authenticate(client, message.arguments.first)
    case let name where name.hasSuffix(".send"):
      await events.post(message.arguments.first, to: String(name.dropLast(".send".count)), from: client)
    default: break
    }
  }

  private func left(_ client: AppClient) {
    client.isKnown()
    rooms.leave(client)
    events.leave(client)
    client.socket.context = nil
  }
}

/// What a socket of these products has become: a listener of a room, a member of events, or nothing yet.
@LoopActor
final class AppClient {
  let socket: Socket
  var listener: Listener?
  var member: EventMember?
  private var alarm: Timer?

  init(_ socket: Socket) { self.socket = socket }

  func await(atMost limit: Duration) {
    alarm = Timer { [unowned self] in socket.disconnect() }
    alarm?.arm(after: limit)
  }

  /// It has said who it is, or is gone.
  func isKnown() {
    alarm?.cancel()
    alarm = nil
  }
}
