import Wire

/// A message that may be stored, if its room takes it.
struct MessageDraft: Sendable, Equatable {
  static let mostCharacters = 4000
  static let mostBytes = 16 * 1024

  let room: String
  let text: String

  /// Refuses in the order of chat.md 2.4.
  init(_ request: Chat.SendMessage) throws(Failure) {
    try request.room.mustBeThere("room_gid")
    try request.text.mustBeThere("msg")
    room = try request.room.required("room_gid")
    text = try request.text.required("msg")
    guard MessageDraft.isFit(text) else { throw .invalid("msg") }
  }

  init(room: String, text: String) {
    self.room = room
    self.text = text
  }

  /// What is said to an event's members; refuses with the field's name in jarvis.md 2.3.
  static func eventText(_ text: Given<String>) throws(Failure) -> String {
    let text = try text.required("message")
    guard isFit(text) else { throw .invalid("message") }
    return text
  }

  /// Bytes are counted first: a single character may hold any number of them, and counting characters takes its time.
  static func isFit(_ text: String) -> Bool {
    let bytes = text.utf8.count
    guard bytes <= mostBytes, bytes <= mostCharacters || text.count <= mostCharacters else { return false }
    // PostgreSQL's texts cannot hold NUL.
    return !holdsZero(text) && text.unicodeScalars.contains { !$0.properties.isWhitespace }
  }

  private static func holdsZero(_ text: String) -> Bool {
    let bytes = text.utf8.span
    return bytes.indices.contains { bytes[$0] == 0 }
  }
}
