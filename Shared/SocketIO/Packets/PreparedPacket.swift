public import JSON
public import Loop

/// A packet ready for any number of sockets: its text and its frames are made once.
///
/// An event reads the same in both protocols, so one preparation serves clients of every version.
@LoopActor
public struct PreparedPacket: Sendable {
  let messages: [EngineMessage]
  /// The one frame that everybody on WebSocket gets; nil where it is not one, or not the same.
  var commonFrame: [UInt8]? { messages.count == 1 ? messages[0].textFrame : nil }

  /// An event; blobs stand in the arguments as `{"_placeholder":true,"num":i}`.
  public init(
    event name: String,
    _ arguments: [RawJSON],
    namespace: String = "/",
    attachments: [[UInt8]] = []
  ) {
    let kind: SocketPacket.Kind = attachments.isEmpty ? .event : .binaryEvent
    self.init(SocketPacket(kind: kind, namespace: namespace), Arguments.array(name, arguments), attachments)
  }

  init(_ head: SocketPacket, _ payload: [UInt8] = [], _ attachments: [[UInt8]] = []) {
    var packet = head
    packet.payload = payload[...]
    packet.attachments = attachments.count
    messages = [EngineMessage(.text(packet.text))] + attachments.map { EngineMessage(.binary($0)) }
  }

  static func event(
    _ name: String,
    _ arguments: [RawJSON],
    _ namespace: String,
    id: Int?,
    _ attachments: [[UInt8]]
  ) -> PreparedPacket {
    let kind: SocketPacket.Kind = attachments.isEmpty ? .event : .binaryEvent
    let head = SocketPacket(kind: kind, namespace: namespace, id: id)
    return PreparedPacket(head, Arguments.array(name, arguments), attachments)
  }

  static func acknowledgement(
    _ id: Int,
    _ arguments: [RawJSON],
    _ namespace: String,
    _ attachments: [[UInt8]]
  ) -> PreparedPacket {
    let kind: SocketPacket.Kind = attachments.isEmpty ? .acknowledgement : .binaryAcknowledgement
    let head = SocketPacket(kind: kind, namespace: namespace, id: id)
    return PreparedPacket(head, Arguments.array(nil, arguments), attachments)
  }
}
