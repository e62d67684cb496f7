import JSON
import Loop
import SocketIO
import Wire

/// Chat's rooms over Socket.IO: `auth` names a room to listen to, `new_msg` is each of its messages, `join_room` and
/// `leave_room` tell of people who come and go, and with `typing` a client says that it writes something.
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
      let hears: FeedNotice.Kinds = request.notices ? [.changes, .arrivals, .people] : [.changes, .arrivals]
      let listener = Listener(identity, in: request.room, token: request.token, hears: hears, on: sink)
      client.listener = listener
      try await feeds.join(listener, session: identity.session, after: request.after)
      // Clients wait for their own, and the room is told only of somebody new.
      if !listener.isNews { _ = sink.send(.arrival("join_room", listener.name)) }
    } catch {
      client.socket.disconnect()
    }
  }

  func leave(_ client: AppClient) {
    if let listener = client.listener { feeds.end(listener, .left) }
  }

  /// `{"typing":false}` says that it stopped; what comes too often is not heard.
  func type(_ client: AppClient, _ argument: RawJSON?) async {
    guard let listener = client.listener, listener.isPresent else { return }
    let isTyping = (try? argument?.value())?.object?["typing"]?.bool ?? true
    try? await feeds.people.type(listener.place, name: listener.name, isTyping: isTyping)
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
