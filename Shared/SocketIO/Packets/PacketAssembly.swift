/// Puts a packet's head and its blobs together, which come as messages of their own, in order and with nothing between.
struct PacketAssembly {
  let maximumAttachments: Int
  private var waiting: SocketPacket?
  private var blobs: [[UInt8]] = []

  init(maximumAttachments: Int) { self.maximumAttachments = maximumAttachments }

  /// Takes the next message; nil until a packet is complete.
  mutating func take(_ data: EngineData) throws(SocketFault) -> (packet: SocketPacket, blobs: [[UInt8]])? {
    switch data {
    case .text(let text):
      guard waiting == nil else { throw .order }
      let packet = try SocketPacket(text, maximumAttachments: maximumAttachments)
      guard packet.attachments > 0 else { return (packet, []) }
      waiting = packet
      return nil
    case .binary(let bytes):
      guard let packet = waiting else { throw .order }
      blobs.append(bytes)
      guard blobs.count == packet.attachments else { return nil }
      defer {
        waiting = nil
        blobs = []
      }
      return (packet, blobs)
    }
  }
}
