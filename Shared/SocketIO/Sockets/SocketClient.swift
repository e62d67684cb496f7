import HTTP
import JSON
import Loop

/// One session of the server: it takes the messages apart for the sockets that the client has, one in each namespace.
@LoopActor
final class SocketClient {
  /// So many events may wait for the application before the client is no longer read from.
  static let crowd = 256
  /// One that polls cannot be held up, and is sent away when so many wait.
  static let throng = 4096

  let session: EngineSession
  private let server: SocketIOServer
  private var machine: SocketMachine
  private var sockets: [Socket] = []

  init(_ session: EngineSession, _ server: SocketIOServer) {
    self.session = session
    self.server = server
    let settings = server.settings
    machine = SocketMachine(session.revision, maximumAttachments: settings.maximumAttachments)
    session.received = { self.take($0) }
    session.ended = { self.ended($0) }
    session.upgraded = { for socket in self.sockets { socket.namespace.upgraded(socket) } }
    session.alarmed = { session.close(.forcedClose) }
    session.alarm = EngineServer.now + Int64(settings.connectTimeout.roundedUpMilliseconds)
    if session.revision == .three { begin() }
  }

  /// Protocol 4: the server connects the client to `/` unasked, best in the body that opens the session.
  private func begin() {
    let task = connect("/", auth: .emptyObject)
    session.isReady = { await task?.value }
  }

  // MARK: - Messages

  private func take(_ data: EngineData) {
    do throws(SocketFault) {
      if let order = try machine.receive(data) { follow(order) }
    } catch {
      server.events(.parseFailed)
      session.close(.parseError)
    }
  }

  private func follow(_ order: SocketMachine.Order) {
    switch order {
    case .connect(let namespace, let auth): connect(namespace, auth: auth)
    case .leave(let namespace): leave(namespace)
    case .event(let namespace, let id, let arguments, let blobs):
      guard let socket = socket(namespace) else { return }
      let slot = id.map { ReplySlot($0, socket) }
      let name = arguments.name ?? ""
      socket.take(SocketMessage(name: name, arguments: arguments.values, attachments: blobs, slot: slot))
    case .acknowledgement(let namespace, let id, let arguments, let blobs):
      socket(namespace)?.replied(id, SocketReply(arguments: arguments.values, attachments: blobs))
    }
  }

  private func socket(_ namespace: String) -> Socket? { sockets.first { $0.namespace.name == namespace } }

  // MARK: - Joining

  @discardableResult
  private func connect(_ name: String, auth: RawJSON) -> Task<Void, Never>? {
    guard let namespace = server.known(name) else {
      refuse(name, "Invalid namespace", nil)
      return nil
    }
    let socket = Socket(id(in: name), namespace, self)
    sockets.append(socket)
    let query = EngineQuery(session.handshake.query).pairs
    let handshake = SocketHandshake(head: session.handshake, query: query, auth: auth)
    return onLoop { self.decided(socket, await namespace.connect(socket, handshake)) }
  }

  /// In protocol 4 the root's socket bears the session's own name; in protocol 5 names tell nothing about the session.
  private func id(in namespace: String) -> String {
    guard session.revision == .three else { return EngineHandshake.freshID() }
    return namespace == "/" ? session.id : namespace + "#" + session.id
  }

  private func decided(_ socket: Socket, _ admission: Admission) {
    let name = socket.namespace.name
    let isHere = sockets.contains { $0 === socket }
    switch admission {
    case .accept where isHere:
      machine.joined(name)
      session.alarm = .max
      session.send(EngineMessage(.text(connectText(socket))))
      socket.join()
    case .accept: socket.drop(accepted: true)
    case .refuse(let message, let data):
      socket.drop(accepted: false)
      sockets.removeAll { $0 === socket }
      if isHere { refuse(name, message, data) }
    }
  }

  private func connectText(_ socket: Socket) -> [UInt8] {
    var packet = SocketPacket(kind: .connect, namespace: socket.namespace.name)
    if session.revision == .four { packet.payload = RawJSON.object { $0.member("sid", socket.id) }.bytes[...] }
    return packet.text
  }

  private func refuse(_ name: String, _ message: String, _ data: RawJSON?) {
    machine.refused(name)
    var packet = SocketPacket(kind: .error, namespace: name)
    packet.payload = (session.revision == .three ? text(message) : object(message, data)).bytes[...]
    session.send(EngineMessage(.text(packet.text)))
  }

  private func text(_ message: String) -> RawJSON {
    var writer = JSONWriter()
    writer.string(message)
    return writer.raw
  }

  private func object(_ message: String, _ data: RawJSON?) -> RawJSON {
    .object { object in
      object.member("message", message)
      guard let data else { return }
      object.name("data")
      object.raw(data)
    }
  }

  // MARK: - Leaving

  /// Leaving `/` ends everything in protocol 4, where the other namespaces hang on it.
  private func leave(_ name: String) {
    let isAll = session.revision == .three && name == "/"
    let leaving = sockets.filter { isAll || $0.namespace.name == name }
    sockets.removeAll { isAll || $0.namespace.name == name }
    for socket in leaving {
      machine.left(socket.namespace.name)
      socket.leave(.clientNamespaceDisconnect)
    }
  }

  func expel(_ socket: Socket) {
    guard sockets.contains(where: { $0 === socket }) else { return }
    sockets.removeAll { $0 === socket }
    machine.left(socket.namespace.name)
    session.send(EngineMessage(.text(SocketPacket(kind: .disconnect, namespace: socket.namespace.name).text)))
    socket.leave(.serverNamespaceDisconnect)
  }

  private func ended(_ reason: DisconnectReason) {
    let all = sockets
    sockets = []
    for socket in all { socket.leave(reason) }
  }
}
