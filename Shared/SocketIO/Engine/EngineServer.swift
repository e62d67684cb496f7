public import HTTP
public import Loop
import WebSocket

/// A server of Engine.IO 3 and 4 on one path: it gives the application sessions that carry messages over polling and
/// WebSocket, and keeps their heartbeats with one timer for all.
@LoopActor
public final class EngineServer {
  public let settings: EngineSettings
  let timing: EngineTiming
  let events: @LoopActor (SocketIOEvent) -> Void
  private let opened: @LoopActor (EngineSession) -> Void
  private var sessions: [String: EngineSession] = [:]
  private var agenda = Agenda<String>()
  private lazy var timer = Timer { self.lookAtAgenda() }
  private var armed = Int64.max
  private var limit: HandshakeLimit
  private var isStopping = false
  /// The path without the slash at its end.
  private let place: [UInt8]

  /// `opened` is called with each new session, to set what it calls; what it sends then goes out with the handshake.
  public init(
    _ settings: EngineSettings,
    events: @escaping @LoopActor (SocketIOEvent) -> Void = { _ in },
    opened: @escaping @LoopActor (EngineSession) -> Void
  ) {
    self.settings = settings
    timing = settings.timing
    place = Array(settings.path.hasSuffix("/") ? settings.path.utf8.dropLast() : settings.path.utf8[...])
    self.events = events
    self.opened = opened
    limit = HandshakeLimit(perMinute: settings.handshakesPerMinute)
  }

  public var sessionCount: Int { sessions.count }

  /// Whether the path is the server's once it is decoded, with or without the slash at its end.
  public func serves(path: String) -> Bool {
    if isPlace(path.utf8) { return true }
    guard path.utf8.count > place.count, path.utf8.contains(UInt8(ascii: "%")) else { return false }
    return PercentCoding.decodePathSegment(path[...]).map { isPlace($0.utf8) } ?? false
  }

  private func isPlace(_ path: String.UTF8View) -> Bool {
    switch path.count - place.count {
    case 0: path.elementsEqual(place)
    case 1: path.last == UInt8(ascii: "/") && path.starts(with: place)
    default: false
    }
  }

  static var now: Int64 { EventLoop.milliseconds }

  // MARK: - Requests

  /// Decides from its head alone whether a request to the path may bring a body; an admitted one bears the finding.
  public func admit(_ head: HTTPRequestHead, finding: (any AnyObject & Sendable)? = nil) -> HTTPAdmission {
    guard head.method == .post, let session = polling(head) else {
      return .accept(maximumBody: settings.maximumPayload, finding: finding)
    }
    guard session.postBegan() else {
      events(.refused(code: EngineRefusal.badRequest.code, status: EngineRefusal.badRequest.status))
      var response = EngineRefusal.badRequest.response
      response.headers += Origin.headers(head, settings.origins)
      return .refuse(response)
    }
    return .accept(maximumBody: settings.maximumPayload, finding: finding) { session.postEnded() }
  }

  /// The session that a request means, while it polls.
  private func polling(_ head: HTTPRequestHead) -> EngineSession? {
    guard let session = EngineQuery(head.query).session.flatMap({ sessions[$0] }) else { return nil }
    return session.known == .open(.polling) ? session : nil
  }

  /// Answers any request to the path that was admitted. A poll takes as long as it must; `address` counts handshakes.
  public func handle(_ request: HTTPRequest, address: String? = nil) async -> HTTPResponse {
    let head = request.head
    var response: HTTPResponse
    if head.method == .options, settings.origins != .same {
      response = Origin.preflight(head)
    } else {
      response = await PollCompression.apply(to: answer(request, address ?? head.peer), for: head)
    }
    response.headers += Origin.headers(head, settings.origins)
    return response
  }

  private func answer(_ request: HTTPRequest, _ address: String) async -> HTTPResponse {
    do throws(EngineRefusal) {
      if request.method == .options { throw .badMethod }
      return try await answer(request, EngineQuery(request.query), address)
    } catch {
      events(.refused(code: error.code, status: error.status))
      return WebSocketUpgrade.isWanted(by: request.head) ? error.plainResponse : error.response
    }
  }

  private func answer(
    _ request: HTTPRequest,
    _ query: EngineQuery,
    _ address: String
  ) async throws(EngineRefusal) -> HTTPResponse {
    let asked = try EngineRequest(
      request.head,
      query,
      origins: settings.origins,
      allowsRevision3: settings.allowsRevision3,
      allowsScripts: settings.allowsScripts,
      session: { sessions[$0]?.known ?? .unknown }
    )
    switch asked {
    case .handshake(let transport, let revision):
      return try await begin(EngineHandshake(request.head, query, revision, address), on: transport)
    case .poll(let id): return try await session(id).answerPoll(as: query.callback)
    case .post(let id): return try session(id).take(post: request, isForm: query.isScripted)
    case .upgrade(let id): return try upgrade(session(id), request.head)
    }
  }

  private func session(_ id: String) throws(EngineRefusal) -> EngineSession {
    guard let session = sessions[id] else { throw .unknownSession }
    return session
  }

  // MARK: - Beginnings

  private func begin(
    _ handshake: EngineHandshake,
    on transport: EngineMachine.Transport
  ) async throws(EngineRefusal) -> HTTPResponse {
    // Who asks for a WebSocket is greeted and let go with the others: a refusal would look like a server that is broken.
    guard !isStopping || transport == .websocket else { throw .stopping }
    guard limit.take(handshake.address, at: EngineServer.now) else { throw .tooMany }
    switch transport {
    case .polling:
      var response = await open(handshake, on: .polling).answerHandshake(as: handshake.callback)
      if settings.setsCookie {
        response.headers.append(("Set-Cookie", "io=\(handshake.id); Path=/; HttpOnly; SameSite=Lax"))
      }
      return response
    case .websocket:
      return try webSocket(handshake.head) { connection in
        guard !self.isStopping else { return connection.close(.goingAway) }
        self.open(handshake, on: .websocket, connection)
      }
    }
  }

  private func upgrade(_ session: EngineSession, _ head: HTTPRequestHead) throws(EngineRefusal) -> HTTPResponse {
    try webSocket(head) { session.upgrade(on: $0) }
  }

  private func webSocket(
    _ head: HTTPRequestHead,
    opened: @escaping @Sendable @LoopActor (WebSocketConnection) -> Void
  ) throws(EngineRefusal) -> HTTPResponse {
    guard let upgrade = WebSocketUpgrade(head) else { throw .badRequest }
    var limits = WebSocketLimits()
    limits.messageBytes = settings.maximumPayload
    limits.queuedFrames = settings.queuedPackets
    limits.queuedBytes = settings.queuedBytes
    return upgrade.response(limits: limits) { if let connection = $0 { opened(connection) } }
  }

  @discardableResult
  private func open(
    _ handshake: EngineHandshake,
    on transport: EngineMachine.Transport,
    _ connection: WebSocketConnection? = nil
  ) -> EngineSession {
    let session = EngineSession(self, handshake, on: transport)
    sessions[session.id] = session
    events(.sessionBegan(session.revision, onWebSocket: connection != nil))
    if let connection { session.adopt(connection) }
    session.push(handshake.openPacket(settings, canUpgrade: transport == .polling))
    opened(session)
    connection?.start()
    return session
  }

  // MARK: - Time

  /// Puts the session on the agenda where its deadline is earlier than what stands there.
  func plan(_ session: EngineSession) {
    let deadline = session.deadline
    guard deadline < session.planned else { return }
    session.planned = deadline
    agenda.add(session.id, at: deadline)
    arm()
  }

  private func arm() {
    guard let earliest = agenda.earliest, earliest < armed else { return }
    armed = earliest
    timer.arm(after: .milliseconds(max(0, earliest - EngineServer.now)))
  }

  private func lookAtAgenda() {
    armed = .max
    let now = EngineServer.now
    while let id = agenda.take(due: now) {
      guard let session = sessions[id] else { continue }
      session.planned = .max
      if session.deadline <= now { session.tick(at: now) }
      plan(session)
    }
    arm()
  }

  // MARK: - Ends

  func forget(_ session: EngineSession) {
    sessions[session.id] = nil
  }

  /// Takes no new session and ends all there are, in a way that lets their clients come back to another process.
  public func stop() {
    isStopping = true
    for session in sessions.values { session.goAway() }
    timer.cancel()
  }

  private static let slice = Duration.milliseconds(20)
  private static let goodbyesPerSlice = 20

  /// As `stop`, but lets sessions go a thousand a second, or faster where they would not all be gone by `limit`: clients
  /// that are let go together come back together.
  public func stop(within limit: Duration) async {
    isStopping = true
    let slices = max(1, Int(limit / EngineServer.slice))
    var rest = Array(sessions.values)[...]
    let share = max(EngineServer.goodbyesPerSlice, (rest.count + slices - 1) / slices)
    while rest.count > share {
      for session in rest.prefix(share) where session.isOpen { session.goAway() }
      rest = rest.dropFirst(share)
      try? await pause(for: EngineServer.slice)
    }
    stop()
  }
}

extension EngineSession {
  var known: EngineRequest.Known {
    switch machine.phase {
    case .open: .open(machine.transport)
    case .lingering: .lingering
    case .over: .unknown
    }
  }
}
