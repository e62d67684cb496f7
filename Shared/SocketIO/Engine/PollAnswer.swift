import HTTP

/// The bodies of polling requests and answers.
enum PollAnswer {
  static let taken = HTTPResponse(status: 200, headers: headers(plainText), body: Array("ok".utf8))
  private static let plainText = "text/plain; charset=UTF-8"

  /// Revision 3 has a binary form, used only for packets that need it and clients that take it.
  ///
  /// Its lengths are bytes. Those of the text form are UTF-16 units, as browsers count; but there are clients that count
  /// characters, as python-socketio 4 does, and they lose their place behind an emoji. So a poll ends behind one, and where
  /// too much waits for that, what follows goes in the binary form, which all read alike.
  static func response(_ packets: [EnginePacket], _ revision: EngineRevision, takesBinary: Bool) -> HTTPResponse {
    if revision == .four { return response(plainText, Payload4.encode(packets)) }
    let needsBinary = packets.contains(where: \.isBinary) || packets.dropLast().contains(where: \.isCountedVariously)
    guard takesBinary, needsBinary else {
      return response(plainText, Payload3.encodeText(packets))
    }
    return response("application/octet-stream", Payload3.encodeBinary(packets))
  }

  /// What a script brings is text: binary data goes as base64.
  static func script(_ packets: [EnginePacket], _ revision: EngineRevision, _ callback: ScriptCallback) -> HTTPResponse
  {
    let payload = revision == .four ? Payload4.encode(packets) : Payload3.encodeText(packets)
    return response("text/javascript; charset=UTF-8", callback.script(payload))
  }

  private static func response(_ type: String, _ body: [UInt8]) -> HTTPResponse {
    HTTPResponse(status: 200, headers: headers(type), body: body)
  }

  private static func headers(_ type: String) -> [(String, String)] {
    [("Content-Type", type), ("Cache-Control", "no-store")]
  }

  /// The packets that a POST carries.
  static func packets(
    of request: HTTPRequest,
    _ revision: EngineRevision,
    isForm: Bool,
    limit: Int
  ) throws(EngineFault) -> [EnginePacket] {
    if isForm {
      guard let payload = ScriptCallback.payload(ofForm: request.body) else { throw .payload }
      return try revision == .four
        ? Payload4.decode(payload, limit: limit)
        : Payload3.decodeText(payload, limit: limit)
    }
    let type = request.headers.first("content-type")?.lowercased() ?? ""
    let isBinary = type.hasPrefix("application/octet-stream")
    switch (revision, isBinary) {
    case (.four, true): throw .payload
    case (.four, false): return try Payload4.decode(request.body, limit: limit)
    case (.three, true): return try Payload3.decodeBinary(request.body, limit: limit)
    case (.three, false): return try Payload3.decodeText(request.body, limit: limit)
    }
  }
}
