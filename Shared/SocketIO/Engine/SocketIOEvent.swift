/// What happened, for logs and metrics; nothing depends on who listens.
public enum SocketIOEvent: Sendable, Equatable {
  case sessionBegan(EngineRevision, onWebSocket: Bool)
  case sessionUpgraded
  case sessionEnded(DisconnectReason)
  /// A request was refused with this code of the protocol and this status.
  case refused(code: Int, status: Int)
  /// A client sent what is no packet.
  case parseFailed
}
