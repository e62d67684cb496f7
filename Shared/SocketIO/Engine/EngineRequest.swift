import HTTP
import WebSocket

/// What a request to the server's path asks for, checked in the protocol's order (socketio.md 10).
enum EngineRequest {
  case handshake(EngineMachine.Transport, EngineRevision)
  case poll(id: String)
  case post(id: String)
  case upgrade(id: String)

  /// What is known of a session that a request names.
  enum Known: Equatable {
    case unknown
    /// Over, but for the last word that a poll may still fetch.
    case lingering
    case open(EngineMachine.Transport)
  }

  init(
    _ head: HTTPRequestHead,
    _ query: EngineQuery,
    origins: OriginRule,
    allowsRevision3: Bool,
    allowsScripts: Bool,
    session: (String) -> Known
  ) throws(EngineRefusal) {
    guard let transport = query.transport else { throw .unknownTransport }
    guard !query.isScripted || allowsScripts && query.callback != nil, Origin.isProper(head) else { throw .badRequest }
    if let id = query.session {
      self = try EngineRequest.within(id, session(id), transport, head)
    } else {
      guard head.method == .get else { throw .badMethod }
      try EngineRequest.checkUpgrade(transport, head)
      guard Origin.mayUse(head, origins) else { throw .forbidden }
      guard let revision = query.revision, revision == .four || allowsRevision3 else { throw .unsupportedRevision }
      self = .handshake(transport, revision)
    }
  }

  private static func within(
    _ id: String,
    _ known: Known,
    _ transport: EngineMachine.Transport,
    _ head: HTTPRequestHead
  ) throws(EngineRefusal) -> EngineRequest {
    switch known {
    case .unknown: throw .unknownSession
    case .lingering:
      guard transport == .polling, head.method == .get else { throw .unknownSession }
    case .open(let active):
      guard transport == .websocket || active == .polling else { throw .badRequest }
    }
    try checkUpgrade(transport, head)
    if transport == .websocket { return .upgrade(id: id) }
    switch head.method {
    case .get: return .poll(id: id)
    case .post: return .post(id: id)
    default: throw .badRequest
    }
  }

  private static func checkUpgrade(
    _ transport: EngineMachine.Transport,
    _ head: HTTPRequestHead
  ) throws(EngineRefusal) {
    let isProper = transport == .websocket ? WebSocketUpgrade(head) != nil : !WebSocketUpgrade.isWanted(by: head)
    guard isProper else { throw .badRequest }
  }
}
