import JSON
import Loop
import SocketIO
import Wire

/// Chat's rooms over Socket.IO: `auth` names a room to listen to, `new_msg` is each of its messages, `join_room` and
/// `leave_room` tell of others who come and go this way at this gateway.
@LoopActor
final class RoomSockets {
  private let feeds: ChatFeeds
  private let authenticator: Authenticator
  private let trustsIdentity: Bool

  init(_ feeds: ChatFeeds, _ authenticator: Authenticator, trustsIdentity: Bool) {
    self.feeds = feeds
    self.authenticator = authenticator
    self.trustsIdentity = trustsIdentity
  }

  /// A second room, or whatever is refused, disconnects.
  func enter(_ client: AppClient, _ argument: RawJSON?) async {
    guard client.listener == nil, let request = RoomSockets.request(argument) else { return client.socket.disconnect() }
    do throws(Failure) {
      let identity = try await authenticator.identity(of: request, trustingTheName: trustsIdentity)
      client.isKnown()
      let sink = RoomSocket(client.socket)
      let listener = Listener(identity.user, in: request.room, token: request.token, on: sink)
      (client.listener, client.name) = (listener, identity.name ?? "")
      try await feeds.join(listener, session: identity.session, after: request.after)
      tell("join_room", client)
    } catch {
      client.socket.disconnect()
    }
  }

  func leave(_ client: AppClient) {
    guard let listener = client.listener else { return }
    let wasIn = listener.position != nil
    feeds.end(listener, .left)
    if wasIn { tell("leave_room", client) }
  }

  private func tell(_ kind: StaticString, _ client: AppClient) {
    guard let listener = client.listener else { return }
    feeds.tell(FeedNotice(kind, .object { $0.member("user", client.name) }), in: listener.room)
  }

  /// The original sent a text of JSON, later clients send the object.
  static func request(_ argument: RawJSON?) -> ListenRequest? {
    guard let value = try? argument?.value() else { return nil }
    let text = value.string.flatMap { try? JSONValue(parsing: Array($0.utf8)) }
    return (text ?? value).object.flatMap { ListenRequest($0) }
  }
}

/// A feed over Socket.IO. The library bounds what waits for a client, and ends one that takes nothing.
@LoopActor
private final class RoomSocket: FeedSink {
  private let socket: Socket

  init(_ socket: Socket) { self.socket = socket }

  var queuedBytes: Int { 0 }

  func send(_ batch: FeedBatch) -> Int {
    for packet in batch.packets { socket.send(packet) }
    return 0
  }

  func send(_ notice: FeedNotice) -> Int {
    socket.send(notice.packet)
    return 0
  }

  func close() { socket.disconnect() }
}
