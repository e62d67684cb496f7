import Loop
import Wire

/// The chat's live port (chat.md 5): plain TCP, one room per connection.
///
/// Whoever is refused, for whatever reason, is closed without a byte.
@LoopActor
final class ChatPort {
  private let feeds: ChatFeeds
  private let authenticator: Authenticator
  private let trustsIdentity: Bool
  private var listener: TCPListener?
  private var sockets: [ObjectIdentifier: ChatSocket] = [:]
  /// Those that were turned away and have not closed their end.
  private var leaving: [ObjectIdentifier: Timer] = [:]
  private static let mostLeaving = 100
  private static let farewell = Duration.seconds(1)

  /// With `trustsIdentity` a handshake needs no token: whatever stands in front vouches for the user.
  init(_ feeds: ChatFeeds, _ authenticator: Authenticator, trustsIdentity: Bool) {
    self.feeds = feeds
    self.authenticator = authenticator
    self.trustsIdentity = trustsIdentity
  }

  /// Listens; answers the port, or throws what the system said.
  func start(on address: SocketAddress) throws -> Int {
    let listener = try TCPListener(on: address) { [unowned self] in accept($0) }
    self.listener = listener
    return listener.port
  }

  /// Takes over a socket that listens already.
  func start(inheriting descriptor: Int32) throws -> Int {
    let listener = try TCPListener(inheriting: descriptor) { [unowned self] in accept($0) }
    self.listener = listener
    return listener.port
  }

  /// Takes nobody any more and closes all.
  func stop() {
    listener?.close()
    for socket in Array(sockets.values) { socket.close() }
  }

  private func accept(_ stream: TCPStream) {
    guard feeds.limits.open(from: stream.peer) else { return turnAway(stream) }
    let socket = ChatSocket(
      stream,
      requested: { [unowned self] socket, request in onLoop { await self.admit(socket, request) } },
      gone: { [unowned self] in forget($0) }
    )
    sockets[ObjectIdentifier(socket)] = socket
  }

  /// Closes so that the client reads an end and no reset, which its handshake would meet on its way to a closed socket.
  private func turnAway(_ stream: TCPStream) {
    guard leaving.count < ChatPort.mostLeaving else { return stream.close() }
    let name = ObjectIdentifier(stream)
    let alarm = Timer { stream.close() }
    leaving[name] = alarm
    stream.closed = { [unowned self] _ in leaving.removeValue(forKey: name)?.cancel() }
    stream.endWrites()
    alarm.arm(after: ChatPort.farewell)
  }

  private func forget(_ socket: ChatSocket) {
    sockets[ObjectIdentifier(socket)] = nil
    feeds.limits.close(from: socket.address)
    if let listener = socket.listener { feeds.end(listener, .left) }
  }

  private func admit(_ socket: ChatSocket, _ request: ListenRequest) async {
    do throws(Failure) {
      let identity = try await authenticator.identity(of: request, trustingTheName: trustsIdentity)
      guard socket.isOpen else { return }
      let hears: FeedNotice.Kinds = request.notices ? [.changes, .people] : []
      let listener = Listener(identity, in: request.room, token: request.token, hears: hears, on: socket)
      socket.listener = listener
      try await feeds.join(listener, session: identity.session, after: request.after)
    } catch {
      socket.close()
    }
  }
}

extension Authenticator {
  /// Who makes a handshake: the token's user, who must be the one it names.
  func identity(of request: ListenRequest, trustingTheName isTrusted: Bool) async throws(Failure) -> Identity {
    guard let token = request.token else {
      guard isTrusted else { throw Failure(.unauthenticated) }
      return try await account(request.user)
    }
    let identity = try await identity(token: token, Authenticator.key(of: token))
    guard identity.user == request.user else { throw Failure(.unauthenticated) }
    return identity
  }
}
