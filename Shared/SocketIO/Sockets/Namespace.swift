public import JSON
public import Loop
import WebSocket

/// What an application says to a client that wants to join.
public enum Admission: Sendable {
  case accept
  /// The client gets the message, in protocol 5 with the data, and may try again.
  case refuse(message: String, data: RawJSON? = nil)
}

/// One namespace of a server: who may join it, and everybody who has.
@LoopActor
public final class Namespace {
  public let name: String
  /// Asked for each client that wants to join; it sets what the socket calls. What it emits goes out behind the CONNECT.
  ///
  /// A client whose connection goes meanwhile has `left` called if it was accepted.
  public var connect: @LoopActor (Socket, SocketHandshake) async -> Admission = { _, _ in .accept }
  /// Called when a socket is one of `sockets` and its CONNECT is on its way.
  public var joined: @LoopActor (Socket) -> Void = { _ in }
  /// Those who have joined, in no order.
  public private(set) var sockets: [Socket] = []
  /// The connections of those on WebSocket; the others are sent everything by themselves.
  private let chorus = WebSocketChorus()
  private var soloists: [Socket] = []

  init(_ name: String) { self.name = name }

  /// Sends an event to all who have joined; it is encoded once. Clients for which too much waits are dropped.
  public func broadcast(_ name: String, _ arguments: [RawJSON], attachments: [[UInt8]] = []) {
    guard !sockets.isEmpty else { return }
    broadcast(PreparedPacket(event: name, arguments, namespace: self.name, attachments: attachments))
  }

  /// Sends what was prepared for this namespace to all who have joined.
  public func broadcast(_ packet: PreparedPacket) {
    guard let frame = packet.commonFrame else {
      for socket in sockets { socket.send(packet) }
      return
    }
    chorus.send(frame: frame)
    for socket in soloists { socket.send(packet) }
  }

  func add(_ socket: Socket) {
    socket.index = sockets.count
    sockets.append(socket)
    guard !socket.session.join(chorus) else { return }
    socket.soloIndex = soloists.count
    soloists.append(socket)
  }

  func remove(_ socket: Socket) {
    guard let index = socket.index else { return }
    socket.index = nil
    let last = sockets.removeLast()
    if last !== socket {
      sockets[index] = last
      last.index = index
    }
    if socket.soloIndex == nil { socket.session.leave(chorus) } else { removeSoloist(socket) }
  }

  /// It has gone from polling to WebSocket.
  func upgraded(_ socket: Socket) {
    if socket.soloIndex != nil, socket.session.join(chorus) { removeSoloist(socket) }
  }

  private func removeSoloist(_ socket: Socket) {
    guard let index = socket.soloIndex else { return }
    socket.soloIndex = nil
    let last = soloists.removeLast()
    guard last !== socket else { return }
    soloists[index] = last
    last.soloIndex = index
  }
}
