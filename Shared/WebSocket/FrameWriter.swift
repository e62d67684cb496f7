import CWslay
import Security

/// Makes frames of messages, through wslay: a server's frame can then be given to any number of connections.
public final class FrameWriter {
  public enum Kind: Sendable { case text, binary, close, ping, pong }
  /// Which side writes: a client masks what it sends.
  public enum Role: Sendable { case server, client }

  private let role: Role
  private var context: OpaquePointer?
  private var frame: [UInt8] = []

  public init(_ role: Role) {
    self.role = role
    var callbacks = wslay_frame_callbacks(
      send_callback: { data, count, _, owner in
        let writer = Unmanaged<FrameWriter>.fromOpaque(owner!).takeUnretainedValue()
        writer.frame.append(contentsOf: UnsafeBufferPointer(start: data, count: count))
        return count
      },
      recv_callback: { _, _, _, _ in -1 },
      genmask_callback: { mask, count, _ in
        mask?.update(from: Random.bytes(count), count: count)
        return 0
      }
    )
    // The context lives no longer than this object, which it therefore need not retain.
    let status = wslay_frame_context_init(&context, &callbacks, Unmanaged.passUnretained(self).toOpaque())
    precondition(status == 0, "no memory for a frame's context")
  }

  deinit { wslay_frame_context_free(context) }

  /// One whole frame, header first.
  public func frame(_ kind: Kind, _ payload: [UInt8]) -> [UInt8] {
    frame.reserveCapacity(payload.count + 14)
    payload.withUnsafeBufferPointer { write(kind, $0) }
    defer { frame = [] }
    return frame
  }

  /// A close frame; a code that is none of the wire's is left out.
  public func close(_ code: CloseCode) -> [UInt8] {
    guard code != .none, code != .abnormal else { return frame(.close, []) }
    return frame(.close, [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)])
  }

  private func write(_ kind: Kind, _ payload: UnsafeBufferPointer<UInt8>) {
    var piece = wslay_frame_iocb()
    piece.fin = 1
    piece.opcode = kind.opcode
    piece.mask = role == .client ? 1 : 0
    piece.payload_length = UInt64(payload.count)
    var sent = 0
    // A client's payload is masked and handed over in pieces.
    repeat {
      piece.data = payload.baseAddress.map { $0 + sent }
      piece.data_length = payload.count - sent
      let count = wslay_frame_send(context, &piece)
      guard count > 0 else { break }
      sent += count
    } while sent < payload.count
  }
}

extension FrameWriter.Kind {
  var opcode: UInt8 {
    switch self {
    case .text: UInt8(WSLAY_TEXT_FRAME.rawValue)
    case .binary: UInt8(WSLAY_BINARY_FRAME.rawValue)
    case .close: UInt8(WSLAY_CONNECTION_CLOSE.rawValue)
    case .ping: UInt8(WSLAY_PING.rawValue)
    case .pong: UInt8(WSLAY_PONG.rawValue)
    }
  }
}
