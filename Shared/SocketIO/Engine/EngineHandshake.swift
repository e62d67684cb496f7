import HTTP
import JSON
import Security

/// What a session begins with.
struct EngineHandshake: Sendable {
  /// 120 random bits as 20 characters of base64url.
  let id = EngineHandshake.freshID()
  let head: HTTPRequestHead
  let revision: EngineRevision
  let address: String
  let takesBinary: Bool
  let callback: ScriptCallback?

  init(_ head: HTTPRequestHead, _ query: EngineQuery, _ revision: EngineRevision, _ address: String) {
    self.head = head
    self.revision = revision
    self.address = address
    takesBinary = query.takesBinary
    callback = query.callback
  }

  static func freshID() -> String { Base64URL.encode(Random.bytes(15)) }

  func openPacket(_ settings: EngineSettings, canUpgrade: Bool) -> EnginePacket {
    let timing = settings.timing
    let json = RawJSON.object { object in
      object.member("sid", id)
      object.name("upgrades")
      object.beginArray()
      if canUpgrade { object.string("websocket") }
      object.endArray()
      object.member("pingInterval", Int(timing.pingInterval))
      object.member("pingTimeout", Int(timing.pingTimeout))
      object.member("maxPayload", settings.maximumPayload)
    }
    return EnginePacket(kind: .open, data: .text(json.bytes))
  }
}
