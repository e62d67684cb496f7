import JSON
import Wire

/// Reads the one object that opens a live connection (chat.md 5), in whatever pieces it arrives.
///
/// The object ends at its closing brace and what follows it is nobody's business; before it only blanks may stand.
struct Handshake: Sendable {
  enum Step: Sendable, Equatable { case more, refused, complete(ListenRequest) }

  static let mostBytes = 4096
  static let mostLevels = 16

  private var bytes: [UInt8] = []
  private var levels = 0
  private var isInText = false
  private var isEscaped = false

  mutating func take(_ piece: [UInt8]) -> Step {
    for byte in piece {
      bytes.append(byte)
      if bytes.count > Handshake.mostBytes { return .refused }
      guard let isWhole = advance(byte) else { return .refused }
      if isWhole { return ListenRequest(bytes).map { .complete($0) } ?? .refused }
    }
    return .more
  }

  /// Whether the object ends with this byte; nil when it can be none any more.
  private mutating func advance(_ byte: UInt8) -> Bool? {
    if isInText {
      advanceText(byte)
      return false
    }
    switch byte {
    case UInt8(ascii: "{"),
      UInt8(ascii: "[") where levels > 0:
      levels += 1
      return levels <= Handshake.mostLevels ? false : nil
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      levels -= 1
      return levels < 0 ? nil : levels == 0
    case 0x20, 0x09, 0x0A, 0x0D: return false
    case UInt8(ascii: "\"") where levels > 0:
      isInText = true
      return false
    default: return levels > 0 ? false : nil
    }
  }

  private mutating func advanceText(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      isInText = false
    }
  }
}

/// Who wants to listen, to what, from where on.
struct ListenRequest: Sendable, Equatable {
  var user: UserID
  var room: String
  var token: String?
  var after: Int?
  /// Whether the client wants to be told of more than messages.
  var notices: Bool

  init(user: UserID, room: String, token: String? = nil, after: Int? = nil, notices: Bool = false) {
    self.user = user
    self.room = room
    self.token = token
    self.after = after
    self.notices = notices
  }
}

extension ListenRequest {
  /// Nil for what is no JSON object, and for an object with a member missing or of a wrong kind.
  init?(_ bytes: [UInt8]) {
    guard let object = (try? JSONValue(parsing: bytes))?.object else { return nil }
    self.init(object)
  }

  init?(_ object: JSONObject) {
    guard let user = object["uuid"]?.string.flatMap(canonicalUUID), let room = object["room_gid"]?.string else {
      return nil
    }
    let token = object["token"].flatMap { $0.isNull ? nil : $0 }
    let after = object["after"].flatMap { $0.isNull ? nil : $0 }
    let notices = object["notices"].flatMap { $0.isNull ? nil : $0 } ?? .bool(false)
    guard let notices = notices.bool else { return nil }
    self.init(user: UserID(user), room: room, token: token?.string, after: after?.number?.int, notices: notices)
    guard token == nil || self.token != nil, after == nil || (self.after ?? -1) >= 0 else { return nil }
  }
}
