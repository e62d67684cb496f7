/// Why a session, or a socket's stay in a namespace, is over; the raw value is the protocol's own phrase.
public enum DisconnectReason: String, Sendable {
  /// The heartbeat failed.
  case pingTimeout = "ping timeout"
  /// The client closed, or its connection went.
  case transportClose = "transport close"
  /// The client broke the rules of its transport, or left in the middle of a poll.
  case transportError = "transport error"
  case parseError = "parse error"
  case clientNamespaceDisconnect = "client namespace disconnect"
  case serverNamespaceDisconnect = "server namespace disconnect"
  /// This side ended the session: the application asked for it, too much waited for the client, or the server stops.
  case forcedClose = "forced close"
}
