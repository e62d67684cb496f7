import JSON

/// Messages of a Socket.IO session: text up to each zero byte, then blobs as long as the next byte says.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSocketPacket(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  for revision in [EngineRevision.three, .four] {
    var machine = SocketMachine(revision, maximumAttachments: 10)
    if revision == .four { _ = try? machine.receive(.text([0x30])) }
    machine.joined("/")
    do {
      for message in messages(bytes) { if let order = try machine.receive(message) { check(order) } }
    } catch {
      // A fault ends the session.
    }
  }
  return 0
}

private func messages(_ bytes: [UInt8]) -> [EngineData] {
  bytes.split(separator: 0).compactMap { piece in
    guard let first = piece.first, first >= 0x80 else { return isText(Array(piece)) ? .text(Array(piece)) : nil }
    return .binary(Array(piece.dropFirst()))
  }
}

private func check(_ order: SocketMachine.Order) {
  switch order {
  case .connect(_, let auth): precondition(auth.isObject, "what a client says is an object")
  case .leave: break
  case .event(_, _, let arguments, _):
    guard let name = arguments.name else { preconditionFailure("an event without a name") }
    let again = try? Arguments.event(Arguments.array(name, arguments.values)[...])
    precondition(again == arguments, "an event changes when it is written and read")
  case .acknowledgement(_, let id, let arguments, _):
    precondition(id >= 0 && arguments.name == nil, "an acknowledgement is a number and a list")
  }
}
