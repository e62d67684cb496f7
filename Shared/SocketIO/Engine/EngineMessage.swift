public import Loop
import WebSocket

/// One message with its WebSocket frames, made once and then given to any number of sessions.
@LoopActor
public struct EngineMessage: Sendable {
  let packet: EnginePacket
  /// The frame for sessions of revision 4, and of revision 3 unless the data is binary.
  private let frame: [UInt8]
  private let binaryFrame3: [UInt8]?

  public init(_ data: EngineData) {
    packet = EnginePacket(kind: .message, data: data)
    switch data {
    case .text(let text):
      frame = FrameWriter.shared.frame(.text, [EnginePacket.Kind.message.digit] + text)
      binaryFrame3 = nil
    case .binary(let bytes):
      frame = FrameWriter.shared.frame(.binary, bytes)
      binaryFrame3 = FrameWriter.shared.frame(.binary, EnginePacket.binaryMessage(bytes, .three))
    }
  }

  /// The frame of a text, which is the same for everybody.
  var textFrame: [UInt8]? { packet.isBinary ? nil : frame }

  func frame(_ revision: EngineRevision) -> [UInt8] {
    revision == .three ? binaryFrame3 ?? frame : frame
  }
}

extension EnginePacket {
  /// The frame that carries this packet alone to a session; base64 where the client asked for it.
  @LoopActor
  func frame(_ revision: EngineRevision, takesBinary: Bool) -> [UInt8] {
    guard case .binary(let bytes) = data, takesBinary else { return FrameWriter.shared.frame(.text, text(revision)) }
    return FrameWriter.shared.frame(.binary, EnginePacket.binaryMessage(bytes, revision))
  }
}
