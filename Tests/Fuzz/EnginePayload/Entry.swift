import JSON

/// Bodies and frames of Engine.IO: the first byte chooses the codec, and what can be read reads the same once written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEnginePayload(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = bytes.first else { return 0 }
  let body = Array(bytes.dropFirst())
  switch choice % 5 {
  case 0: check(try? Payload4.decode(body, limit: 16), Payload4.encode) { try Payload4.decode($0, limit: 16) }
  case 1:
    check(try? Payload3.decodeText(body, limit: 16), Payload3.encodeText) { try Payload3.decodeText($0, limit: 16) }
  case 2:
    check(try? Payload3.decodeBinary(body, limit: 16), Payload3.encodeBinary) {
      try Payload3.decodeBinary($0, limit: 16)
    }
  case 3: checkScript(body)
  default:
    for revision in [EngineRevision.three, .four] {
      _ = try? EnginePacket(binary: body, revision)
      guard isText(body), let packet = try? EnginePacket(text: body[...], revision) else { continue }
      let again = try? EnginePacket(text: packet.text(revision)[...], revision)
      precondition(again == packet, "a packet changes when it is written and read")
    }
  }
  return 0
}

private func check(
  _ packets: [EnginePacket]?,
  _ encode: ([EnginePacket]) -> [UInt8],
  _ decode: ([UInt8]) throws -> [EnginePacket]
) {
  guard let packets, !packets.isEmpty else { return }
  precondition(packets.count <= 16, "more packets than allowed")
  precondition((try? decode(encode(packets))) == packets, "a payload changes when it is written and read")
}

/// What a form brings, and the script that would bring the same back.
private func checkScript(_ form: [UInt8]) {
  guard let payload = ScriptCallback.payload(ofForm: form) else { return }
  _ = try? Payload3.decodeText(payload, limit: 16)
  let script = ScriptCallback("0")?.script(payload) ?? []
  let text = String(decoding: script, as: UTF8.self)
  precondition(
    !text.unicodeScalars.contains { [0x0A, 0x0D, 0x2028, 0x2029].contains($0.value) },
    "a script breaks its line"
  )
  let literal = Array(script.dropFirst("___eio[0](".utf8.count).dropLast(2))
  precondition(
    (try? JSONValue(parsing: literal))?.string == String(decoding: payload, as: UTF8.self),
    "a payload changes"
  )
}
