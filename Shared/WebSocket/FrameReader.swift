import CWslay

/// Makes messages of the bytes that one side sends, through wslay, and says what must be answered on the way.
///
/// It is not bound to a connection for good: between two messages it holds nothing, so a reader `atRest` may read for
/// another one. wslay's context has 8 KB of buffers, too much to keep one for each connection that is idle.
public final class FrameReader {
  /// What one piece of input came to.
  public struct Result: Sendable, Equatable {
    public var messages: [WebSocketMessage] = []
    /// Pongs, and the frame that answers a close or a violation; to be sent whatever `end` says.
    public var reply: [UInt8] = []
    /// Set when nothing more may be read: the code the peer closed with, or the one it is closed with.
    public var end: End?

    public init() {}
  }

  public enum End: Sendable, Equatable {
    case peerClosed(CloseCode)
    case violated(CloseCode)
  }

  private let isServer: Bool
  private var context: OpaquePointer?
  private var limits = WebSocketLimits()
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)
  private var result = Result()
  private var fragments = 0
  private var isInsideMessage = false
  /// Bytes wslay has taken, less those that the frames it has begun need: zero between two frames.
  private var surplus = 0

  public init(_ reader: FrameWriter.Role) {
    isServer = reader == .server
    var callbacks = FrameReader.callbacks
    // The context lives no longer than this object, which it therefore need not retain.
    let owner = Unmanaged.passUnretained(self).toOpaque()
    let status =
      isServer
      ? wslay_event_context_server_init(&context, &callbacks, owner)
      : wslay_event_context_client_init(&context, &callbacks, owner)
    precondition(status == 0, "no memory for a reader's context")
    self.bound(limits)
  }

  deinit { wslay_event_context_free(context) }

  /// The limits from now on.
  public func bound(_ limits: WebSocketLimits) {
    self.limits = limits
    wslay_event_config_set_max_recv_msg_length(context, UInt64(limits.messageBytes))
  }

  /// Whether it stands between two messages and may serve another connection.
  public var isAtRest: Bool { surplus == 0 && !isInsideMessage && result.end == nil }

  /// Takes the next bytes, all of them; after a result with an `end` it must not be called again.
  public func read(_ bytes: UnsafeRawBufferPointer) -> Result {
    precondition(result.end == nil, "a reader that came to an end reads no more")
    input = bytes
    let status = wslay_event_recv(context)
    input = UnsafeRawBufferPointer(start: nil, count: 0)
    wslay_event_send(context)
    if status != 0 {
      // A frame that is none: wslay would answer without a code.
      result.reply = FrameWriter(isServer ? .server : .client).close(.protocolError)
      result.end = .violated(.protocolError)
    } else if wslay_event_get_read_enabled(context) == 0 {
      result.end = ending
    }
    defer {
      result.messages = []
      result.reply = []
    }
    return result
  }

  private var ending: End {
    if wslay_event_get_close_received(context) != 0 {
      return .peerClosed(CloseCode(rawValue: wslay_event_get_status_code_received(context)))
    }
    return .violated(CloseCode(rawValue: wslay_event_get_status_code_sent(context)))
  }

  // MARK: - What wslay asks and tells

  private static let callbacks = wslay_event_callbacks(
    recv_callback: { context, buffer, capacity, _, owner in
      let count = reader(owner).give(to: buffer!, capacity: capacity)
      if count == 0 { wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK.rawValue) }
      return count == 0 ? -1 : count
    },
    send_callback: { _, data, count, _, owner in
      reader(owner).result.reply.append(contentsOf: UnsafeBufferPointer(start: data, count: count))
      return count
    },
    genmask_callback: { _, mask, count, _ in
      // Only a client's pongs and closes are masked here, and they hold nothing that a mask protects.
      mask?.update(repeating: 0, count: count)
      return 0
    },
    on_frame_recv_start_callback: { context, frame, owner in
      reader(owner).began(frame!.pointee, context)
    },
    on_frame_recv_chunk_callback: nil,
    on_frame_recv_end_callback: nil,
    on_msg_recv_callback: { _, message, owner in
      reader(owner).took(message!.pointee)
    }
  )

  private func give(to buffer: UnsafeMutablePointer<UInt8>, capacity: Int) -> Int {
    let count = min(capacity, input.count)
    guard count > 0 else { return 0 }
    UnsafeMutableRawPointer(buffer).copyMemory(from: input.baseAddress!, byteCount: count)
    input = UnsafeRawBufferPointer(rebasing: input[count...])
    surplus += count
    return count
  }

  private func began(_ frame: wslay_event_on_frame_recv_start_arg, _ context: OpaquePointer?) {
    // wslay takes the shortest form of a length only, and refuses one beyond the limit.
    let length = Int(min(frame.payload_length, 1 << 40))
    surplus -= 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8) + (isServer ? 4 : 0) + length
    guard frame.opcode & 8 == 0 else { return }
    fragments = isInsideMessage ? fragments + 1 : 1
    isInsideMessage = frame.fin == 0
    guard fragments > limits.fragments else { return }
    wslay_event_shutdown_read(context)
    wslay_event_queue_close(context, CloseCode.tooBig.rawValue, nil, 0)
  }

  private func took(_ message: wslay_event_on_msg_recv_arg) {
    // The frame that was one too many may have been all there.
    guard message.opcode & 8 == 0, fragments <= limits.fragments else { return }
    let bytes = Array(UnsafeBufferPointer(start: message.msg, count: message.msg_length))
    let isText = message.opcode == UInt8(WSLAY_TEXT_FRAME.rawValue)
    result.messages.append(isText ? .text(bytes) : .binary(bytes))
  }
}

private func reader(_ owner: UnsafeMutableRawPointer?) -> FrameReader {
  Unmanaged<FrameReader>.fromOpaque(owner!).takeUnretainedValue()
}
