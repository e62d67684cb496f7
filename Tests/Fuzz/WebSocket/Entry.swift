/// Bytes as a client may send them, through wslay: in one piece, in two and one by one they come to the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebSocket(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  let whole = read(bytes, pieces: count)
  precondition(read(bytes, pieces: max(1, count / 2)) == whole, "a cut changes what is read")
  precondition(read(bytes, pieces: 1) == whole, "dripping changes what is read")
  return 0
}

/// The messages only: wslay drops a pong that waits when a close comes in the same piece, and looks at a close frame's
/// reason earlier when more of it is there.
private func read(_ bytes: UnsafeRawBufferPointer, pieces: Int) -> [WebSocketMessage] {
  let reader = FrameReader(.server)
  var limits = WebSocketLimits()
  limits.messageBytes = 200
  limits.fragments = 4
  reader.bound(limits)
  var total = FrameReader.Result()
  var offset = 0
  while offset < bytes.count, total.end == nil {
    let end = min(bytes.count, offset + pieces)
    let result = reader.read(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
    offset = end
    total.messages += result.messages
    precondition(result.end == nil || !result.reply.isEmpty, "an end is answered")
    total.end = result.end
    precondition(!(result.end != nil && reader.isAtRest), "a reader that ended must not serve anybody else")
  }
  for message in total.messages {
    if case .text(let text) = message { precondition((try? UTF8Span(validating: text.span)) != nil, "text is UTF-8") }
  }
  return total.messages
}
