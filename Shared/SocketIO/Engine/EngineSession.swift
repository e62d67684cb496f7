public import HTTP
public import Loop
import WebSocket

/// One client of an `EngineServer`, over whichever transport it uses at the moment.
@LoopActor
public final class EngineSession {
  /// Long, random and secret: who knows it can speak for the client.
  public let id: String
  public let revision: EngineRevision
  /// The address that handshakes are counted by.
  public let address: String
  /// The request that began it.
  public let handshake: HTTPRequestHead
  /// Called with each message, in order.
  public var received: @LoopActor (EngineData) -> Void = { _ in }
  /// Called once; nothing is called after it.
  public var ended: @LoopActor (DisconnectReason) -> Void = { _ in }
  /// Called at `alarm`, in milliseconds of the loop's clock.
  var alarmed: @LoopActor () -> Void = {}
  var alarm = Int64.max {
    didSet { server.plan(self) }
  }
  /// Called when it has gone from polling to WebSocket.
  var upgraded: @LoopActor () -> Void = {}
  /// What the first polling answer waits for, so that what it makes is sent along.
  var isReady: (@LoopActor () async -> Void)?
  /// The time for which the server's agenda has it.
  var planned = Int64.max

  let server: EngineServer
  let takesBinary: Bool
  private(set) var machine: EngineMachine
  private var connection: WebSocketConnection?
  private var probe: WebSocketConnection?
  private var poll: CheckedContinuation<Void, Never>?
  private var farewell = CloseCode.normal

  init(_ server: EngineServer, _ handshake: EngineHandshake, on transport: EngineMachine.Transport) {
    self.server = server
    id = handshake.id
    revision = handshake.revision
    address = handshake.address
    takesBinary = handshake.takesBinary
    self.handshake = handshake.head
    machine = EngineMachine(revision, on: transport, timing: server.timing, at: EngineServer.now)
  }

  public var isOpen: Bool { machine.phase == .open }
  var deadline: Int64 { min(machine.deadline, machine.phase == .open ? alarm : .max) }

  // MARK: - Out

  /// Queues a message; a session that is over forgets it, and one for which too much waits ends.
  public func send(_ message: EngineMessage) {
    guard machine.phase == .open else { return }
    if let connection, machine.transport == .websocket {
      connection.send(frame: takesBinary ? message.frame(revision) : message.packet.frame(revision, takesBinary: false))
    } else {
      push(message.packet)
    }
  }

  /// Lets it be told what the chorus is told; false for one that cannot, which must be sent everything by itself.
  func join(_ chorus: WebSocketChorus) -> Bool {
    guard machine.phase == .open, machine.transport == .websocket, let connection else { return false }
    return chorus.add(connection)
  }

  func leave(_ chorus: WebSocketChorus) {
    if let connection { chorus.remove(connection) }
  }

  func push(_ packet: EnginePacket) {
    perform(machine.push(packet))
    let settings = server.settings
    guard machine.queuedPackets > settings.queuedPackets || machine.queuedBytes > settings.queuedBytes else { return }
    perform(machine.abandon(.forcedClose))
  }

  /// Ends the session. `ended` is called before this returns.
  public func close(_ reason: DisconnectReason = .forcedClose) {
    perform(machine.close(reason, at: EngineServer.now))
  }

  /// Ends it because the server stops.
  func goAway() {
    farewell = .goingAway
    perform(machine.goAway(at: EngineServer.now))
  }

  /// Lets a WebSocket client wait with what it sends; one that polls is not held up.
  func pause() { connection?.pause() }
  func resume() { connection?.resume() }

  // MARK: - Doing

  private func perform(_ actions: [EngineMachine.Action]) {
    for action in actions { perform(action) }
    server.plan(self)
  }

  private func perform(_ action: EngineMachine.Action) {
    switch action {
    case .wakePoll: wakePoll()
    case .send(let packet): connection?.send(frame: packet.frame(revision, takesBinary: takesBinary))
    case .sendToProbe(let packet): probe?.send(frame: packet.frame(revision, takesBinary: takesBinary))
    case .closeProbe: closeProbe()
    case .promoteProbe: promoteProbe()
    case .closeConnection: closeConnection()
    case .deliver(let data): received(data)
    case .end(let reason, let isLingering): end(reason, isLingering)
    case .forget: server.forget(self)
    }
  }

  private func wakePoll() {
    poll?.resume()
    poll = nil
  }

  private func closeConnection() {
    connection?.close(farewell)
    connection = nil
  }

  private func closeProbe() {
    probe?.close()
    probe = nil
  }

  private func end(_ reason: DisconnectReason, _ isLingering: Bool) {
    if !isLingering { server.forget(self) }
    server.events(.sessionEnded(reason))
    let ended = ended
    self.ended = { _ in }
    received = { _ in }
    alarmed = {}
    upgraded = {}
    isReady = nil
    ended(reason)
  }

  func tick(at now: Int64) {
    if now >= alarm {
      alarm = .max
      alarmed()
    }
    perform(machine.tick(at: now))
  }
}

// MARK: - Polling

extension EngineSession {
  func answerPoll(as callback: ScriptCallback?) async -> HTTPResponse {
    switch machine.pollArrived(at: EngineServer.now) {
    case .ready: return takePoll(as: callback)
    case .refused(let actions):
      perform(actions)
      return EngineRefusal.badRequest.response
    case .wait:
      server.plan(self)
      await withTaskCancellationHandler {
        await withCheckedContinuation { poll = $0 }
      } onCancel: {
        onLoop { self.pollLost() }
      }
      return takePoll(as: callback)
    }
  }

  private func pollLost() {
    guard machine.isPolled else { return }
    perform(machine.pollLost())
    wakePoll()
  }

  private func takePoll(as callback: ScriptCallback?) -> HTTPResponse {
    let (packets, actions) = machine.takePoll()
    perform(actions)
    // Any answer but 200 makes every client come back with a new session.
    guard !packets.isEmpty else { return EngineRefusal.stopping.response }
    if let callback { return PollAnswer.script(packets, revision, callback) }
    return PollAnswer.response(packets, revision, takesBinary: takesBinary)
  }

  /// Whether the body of a POST may be read; a second one at a time ends the session.
  func postBegan() -> Bool {
    guard let actions = machine.postBegan() else { return true }
    perform(actions)
    return false
  }

  func postEnded() { machine.postEnded() }

  func take(post request: HTTPRequest, isForm: Bool) -> HTTPResponse {
    postEnded()
    let limit = server.settings.maximumPackets
    guard let packets = try? PollAnswer.packets(of: request, revision, isForm: isForm, limit: limit) else {
      server.events(.parseFailed)
      perform(machine.receivedGarbage())
      return EngineRefusal.badRequest.response
    }
    for packet in packets { perform(machine.receive(packet, at: EngineServer.now)) }
    return PollAnswer.taken
  }

  /// What the session says that began with a poll.
  func answerHandshake(as callback: ScriptCallback?) async -> HTTPResponse {
    if let isReady {
      self.isReady = nil
      await isReady()
    }
    return await answerPoll(as: callback)
  }
}

// MARK: - WebSocket

extension EngineSession {
  /// Makes the connection the session's only transport.
  func adopt(_ connection: WebSocketConnection) {
    self.connection = connection
    connection.received = { self.take($0) }
    connection.closed = { self.connectionClosed($0) }
  }

  private func take(_ message: WebSocketMessage) {
    guard let packet = packet(of: message) else {
      server.events(.parseFailed)
      return perform(machine.receivedGarbage())
    }
    perform(machine.receive(packet, at: EngineServer.now))
  }

  private func packet(of message: WebSocketMessage) -> EnginePacket? {
    switch message {
    case .text(let text): try? EnginePacket(text: text[...], revision)
    case .binary(let bytes): try? EnginePacket(binary: bytes, revision)
    }
  }

  private func connectionClosed(_ end: WebSocketConnection.End) {
    connection = nil
    switch end {
    case .peer: perform(machine.connectionLost(.transportClose))
    case .violation: perform(machine.connectionLost(.transportError))
    case .overflow, .closed: perform(machine.connectionLost(.forcedClose))
    }
  }

  /// Lets a second connection probe, or closes it where there is nothing to upgrade.
  func upgrade(on connection: WebSocketConnection) {
    guard machine.probeOpened(at: EngineServer.now) else { return connection.close() }
    probe = connection
    connection.received = { self.probeReceived($0) }
    connection.closed = { [weak connection] _ in
      guard self.probe === connection else { return }
      self.probe = nil
      self.machine.probeLost()
    }
    server.plan(self)
    connection.start()
  }

  private func probeReceived(_ message: WebSocketMessage) {
    perform(machine.probeReceived(packet(of: message)))
  }

  private func promoteProbe() {
    guard let probe else { return }
    self.probe = nil
    adopt(probe)
    server.events(.sessionUpgraded)
    upgraded()
  }
}
