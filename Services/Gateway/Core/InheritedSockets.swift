import Glibc
import Settings

/// Listening sockets that a supervisor keeps open through restarts and hands to each gateway, by systemd's protocol: they
/// begin at descriptor 3. Connections that come while no gateway runs wait in them, and none is ever refused.
struct InheritedSockets: Sendable, Equatable {
  /// Nil where the gateway opens the port itself.
  var http: Int32?
  var chat: Int32?

  private static let first: Int32 = 3

  init(_ reader: inout EnvironmentReader, process: Int = Int(getpid())) {
    let count = reader.int(
      "LISTEN_FDS",
      default: 0,
      in: 0...2,
      "set by systemd: how many listening sockets it hands over"
    )
    let owner = reader.text("LISTEN_PID", "set by systemd: the process that they are for")
    let names = reader.text("LISTEN_FDNAMES", default: "http:chat", "set by systemd: which of them is http, which chat")
    guard count > 0, owner.map({ Int($0) == process }) ?? true else { return }
    for (place, name) in names.split(separator: ":").prefix(count).enumerated() {
      switch name {
      case "http": http = InheritedSockets.first + Int32(place)
      case "chat": chat = InheritedSockets.first + Int32(place)
      default: reader.problem("LISTEN_FDNAMES", "a socket is called http or chat (FileDescriptorName= of its unit)")
      }
    }
  }
}
